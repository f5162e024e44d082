"use client";

import { Button, ButtonLink } from "@/components/ui/button";
import type { Catalog } from "@/hooks/use-catalog";
import { count } from "@/lib/money";
import type { Payer } from "@/lib/payer";
import { create as words } from "@/lib/words/create";
import { bars } from "@/lib/words/shell";
import { tokens } from "@/lib/words/tokens";

type SubmitProps = {
  catalog: Catalog | undefined;
  cost: number;
  pays: Payer;
  balance: number | undefined;
  isBusy: boolean;
  isFrozen: boolean;
  isSignedOut: boolean;
};

/** The button that spends: it says the price before the press, and below it what is left afterwards. */
export function Submit({ catalog, cost, pays, balance, isBusy, isFrozen, isSignedOut }: SubmitProps) {
  return (
    // On a phone it stays above the bar at the bottom, so that the price is always in sight.
    <div className="sticky bottom-[calc(3.75rem+env(safe-area-inset-bottom))] z-10 -mx-4 bg-paper/92 px-4 py-3 backdrop-blur low:static lg:static lg:mx-0 lg:bg-transparent lg:p-0 lg:backdrop-blur-none">
      {isSignedOut ? (
        <ButtonLink href="/sign-in?next=/image-generator" className="w-full">
          {signInWords(catalog)}
        </ButtonLink>
      ) : (
        <Button
          type="submit"
          kind="gold"
          className="amount w-full"
          disabled={isBusy || isFrozen || !catalog}
          aria-describedby="create-after"
        >
          {isBusy ? words.sending : `${words.generate} · ${paidBy(pays, catalog, cost)}`}
        </Button>
      )}
      <p id="create-after" className="amount mt-2.5 min-h-5 text-center text-sm text-soft">
        {isFrozen ? bars.frozen : <After balance={isSignedOut ? undefined : balance} cost={cost} pays={pays} />}
      </p>
    </div>
  );
}

function After({ balance, cost, pays }: { balance: number | undefined; cost: number; pays: Payer }) {
  if (balance === undefined) return null;
  const left = balance - cost;
  return (
    <>
      {words.youHave} <span className="font-medium text-ink">{count(balance)}</span>
      {pays.by !== "tokens" ? null : left < 0 ? `, ${words.short(count(-left))}` : `, ${words.leftAfter(count(left))}`}
    </>
  );
}

function paidBy(pays: Payer, catalog: Catalog | undefined, cost: number): string {
  const nameOf = (plan: string) => catalog?.plans.find((each) => each.id === plan)?.name ?? plan;
  switch (pays.by) {
    case "plan":
    case "pass":
      return words.byPlan(nameOf(pays.plan), pays.used, pays.perDay);
    case "used-up":
      return words.usedUp(nameOf(pays.plan));
    case "trial":
      return words.byTrial(pays.remaining, pays.of);
    case "tokens":
      return tokens.amount(cost);
  }
}

function signInWords(catalog: Catalog | undefined): string {
  const each = catalog?.features[0]?.cost;
  if (!catalog || each === undefined) return words.generate;
  if (catalog.signupBonus === 0) return words.signIn(tokens.amount(each));
  return words.signInWithBonus(tokens.amount(each), count(catalog.signupBonus));
}
