"use client";

import { CalendarClock } from "lucide-react";
import { Link } from "@/components/ui/link";
import { type Catalog, useCatalog } from "@/hooks/use-catalog";
import { useWallet, type Wallet } from "@/hooks/use-wallet";
import { day, lastDay } from "@/lib/dates";
import { tokens } from "@/lib/words/tokens";
import { wallet as words } from "@/lib/words/wallet";

/** What ends when: tokens, the plan and the passes, and what is left of the trial. Without any of it, nothing is shown. */
export function Ends() {
  const { data: wallet } = useWallet();
  const { data: catalog } = useCatalog();
  const found = wallet ? endsOf(wallet, catalog) : [];
  if (found.length === 0) return null;
  return (
    <section aria-labelledby="ends" className="rounded-panel border border-line bg-sheet p-5 shadow-sheet sm:p-6">
      <h2 id="ends" className="display text-[1.6rem]">
        {words.ends}
      </h2>
      <ul className="mt-3 grid gap-2 text-[0.94rem]">
        {found.map((each) => (
          <li key={each} className="flex gap-2.5">
            <CalendarClock size={17} strokeWidth={1.75} aria-hidden="true" className="mt-0.75 shrink-0 text-soft" />
            {each}
          </li>
        ))}
      </ul>
      {wallet?.subscription || wallet?.passes.length ? (
        <Link
          href="/buy-tokens?tab=plans"
          className="mt-3 inline-flex min-h-8 items-center text-sm underline decoration-line-strong underline-offset-4 hover:decoration-ink"
        >
          {words.toPlans}
        </Link>
      ) : null}
    </section>
  );
}

function endsOf(wallet: Wallet, catalog: Catalog | undefined): string[] {
  const nameOf = (id: string) => catalog?.plans.find((each) => each.id === id)?.name ?? id;
  const { subscription, passes, trial, expiring } = wallet;
  const found: string[] = [];
  if (subscription?.status === "past_due") found.push(words.planDue(nameOf(subscription.plan)));
  else if (subscription?.status === "active" && subscription.until) {
    found.push(words.planUntil(nameOf(subscription.plan), day(subscription.until)));
  }
  for (const { plan, property, until } of passes) {
    const name = property ? words.passOf(nameOf(plan), property) : nameOf(plan);
    found.push(words.passUntil(name, day(until)));
  }
  for (const each of expiring) {
    found.push(words.tokensEnd(tokens.amount(each.tokens), each.tokens, lastDay(each.expiresAt)));
  }
  if (trial && trial.remaining > 0) found.push(words.trialLeft(tokens.pictures(trial.remaining)));
  return found;
}
