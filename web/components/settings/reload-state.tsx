"use client";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { useOwnOrders } from "@/hooks/use-orders";
import type { Wallet } from "@/hooks/use-wallet";
import { leaveFor } from "@/lib/address";
import { price } from "@/lib/money";
import { failureWords, settings as words } from "@/lib/words/settings";

type AutoReload = NonNullable<Wallet["autoReload"]>;

/** Whether it is on, with which card, what it has used of its cap, what is under way, and why it is paused. */
export function ReloadState({ kept, currency }: { kept: Wallet["autoReload"]; currency: string }) {
  if (!kept?.card && !kept?.enabled) return <p className="text-sm text-soft">{words.noCard}</p>;
  const { card, enabled, inFlight, failures, paused } = kept;
  const share = Math.min(1, kept.spentThisMonth / Math.max(1, kept.monthlyCap));
  return (
    <div className="grid gap-3">
      <div className="rounded-field border border-line bg-sheet p-4">
        <p className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <span className="font-medium">{enabled ? (paused ? words.isPaused : words.isOn) : words.isOff}</span>
          {card ? <span className="amount text-sm text-soft">{words.card(card.brand, card.last4)}</span> : null}
        </p>
        <div className="mt-3 h-1.5 overflow-hidden rounded-full bg-well" aria-hidden="true">
          <div className="h-full rounded-full bg-gold" style={{ width: `${share * 100}%` }} />
        </div>
        <p className="amount mt-1.5 text-sm text-soft">
          {words.spent(price(kept.spentThisMonth, currency), price(kept.monthlyCap, currency))}
        </p>
      </div>
      {inFlight ? <Notice>{enabled ? words.inFlight : words.inFlightOff}</Notice> : null}
      {paused ? <Paused paused={paused} actionUrl={kept.actionUrl} /> : failures > 0 ? <LastFailure /> : null}
    </div>
  );
}

/** Why nothing is bought until somebody says so again; for a decline that says in whose words it was declined. */
function Paused({ paused, actionUrl }: { paused: NonNullable<AutoReload["paused"]>; actionUrl: string | null }) {
  const failure = useLastFailure();
  return (
    <Notice
      tone="bad"
      action={
        actionUrl ? (
          <Button kind="gold" className="min-h-11!" onClick={() => leaveFor(actionUrl)}>
            {words.confirm}
          </Button>
        ) : null
      }
    >
      {paused === "declined" && failure ? `${failureWords(failure)} ` : null}
      {paused === "authentication" && !actionUrl ? words.pausedWithoutPage : words.paused[paused]}
    </Notice>
  );
}

function LastFailure() {
  const failure = useLastFailure();
  if (!failure) return null;
  return (
    <Notice>
      {words.lastFailed} {failureWords(failure)}
    </Notice>
  );
}

/** Why the newest reload failed, if it did: Stripe's word for it, or ours. */
function useLastFailure(): string | undefined {
  const newest = useOwnOrders()?.find(({ kind }) => kind === "reload");
  return newest?.status === "failed" ? newest.failure : undefined;
}
