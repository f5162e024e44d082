"use client";

import { Button, ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { Problem } from "@/components/ui/problem";
import type { Plan as Offer } from "@/hooks/use-catalog";
import { useLive } from "@/hooks/use-live";
import { usePortal } from "@/hooks/use-portal";
import type { Wallet } from "@/hooks/use-wallet";
import { leaveFor } from "@/lib/address";
import { day } from "@/lib/dates";
import { settings as words } from "@/lib/words/settings";

type Subscription = NonNullable<Wallet["subscription"]>;

/** The plan and the passes: what they are, until when, and what to do where a payment failed. */
export function Plan({ wallet, plans }: { wallet: Wallet; plans: readonly Offer[] }) {
  const { subscription, passes } = wallet;
  const nameOf = (id: string) => plans.find((each) => each.id === id)?.name ?? id;
  return (
    <div className="grid gap-4">
      {subscription ? (
        <Subscribed subscription={subscription} name={nameOf(subscription.plan)} />
      ) : passes.length === 0 ? (
        <p className="text-soft">{words.noPlan}</p>
      ) : null}
      {passes.map((pass) => (
        <div key={`${pass.plan} ${pass.property}`} className="rounded-field border border-line bg-sheet p-4">
          <p className="font-medium">
            {nameOf(pass.plan)}
            {pass.property ? <span className="font-normal text-soft"> · {pass.property}</span> : null}
          </p>
          <p className="amount mt-1 text-sm text-soft">{words.passUntil(day(pass.until))}</p>
          <Today unlimitedPerDay={pass.unlimitedPerDay} usedToday={pass.usedToday} />
        </div>
      ))}
      {subscription ? <Manage /> : <SeePlans />}
    </div>
  );
}

function Subscribed({ subscription, name }: { subscription: Subscription; name: string }) {
  const { status, until, actionUrl } = subscription;
  // What the wallet does not say stands on the subscription: whether it ends by itself.
  const { found } = useLive<{ cancelAtPeriodEnd?: boolean }>(subscription.id, async (show, fail) => {
    const { watch } = await import("@/lib/firebase/live");
    return watch(`subscriptions/${subscription.id}`, show, fail);
  });
  const ends = found?.value?.cancelAtPeriodEnd === true;
  const on = until ? day(until) : "";
  return (
    <div className="rounded-field border border-line bg-sheet p-4">
      <p className="text-lg font-medium">{name}</p>
      {status === "past_due" ? (
        <div className="mt-3">
          <Notice
            tone="bad"
            action={
              actionUrl ? (
                <Button kind="gold" className="min-h-11" onClick={() => leaveFor(actionUrl)}>
                  {words.pay}
                </Button>
              ) : null
            }
          >
            {words.status.past_due}
          </Notice>
        </div>
      ) : (
        <p className="mt-1 text-sm text-soft">
          {status === "inactive"
            ? words.status.inactive
            : status === "cancelled"
              ? words.status.cancelled(on)
              : ends
                ? words.ends(on)
                : words.status.active(on)}
        </p>
      )}
      <Today {...subscription} />
    </div>
  );
}

function Today({ unlimitedPerDay, usedToday }: { unlimitedPerDay: number | null; usedToday: number }) {
  if (unlimitedPerDay === null) return null;
  return <p className="amount mt-1 text-sm text-soft">{words.today(usedToday, unlimitedPerDay)}</p>;
}

function SeePlans() {
  return (
    <ButtonLink kind="outline" className="justify-self-start" href="/buy-tokens?tab=plans">
      {words.seePlans}
    </ButtonLink>
  );
}

/** Opens Stripe's page for invoices, cards, switching and canceling. */
function Manage() {
  const portal = usePortal();
  return (
    <>
      <p className="text-sm text-soft">{words.manageLong}</p>
      {portal.error ? <Problem error={portal.error} again={portal.open} /> : null}
      <div className="flex flex-wrap gap-3">
        <Button disabled={portal.isOpening} onClick={portal.open}>
          {portal.isOpening ? words.opening : words.manage}
        </Button>
        <SeePlans />
      </div>
    </>
  );
}
