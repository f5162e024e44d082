"use client";

import { Banknote } from "@/components/ui/banknote";
import type { Catalog, Plan } from "@/hooks/use-catalog";
import type { Checkout } from "@/hooks/use-checkout";
import type { usePortal } from "@/hooks/use-portal";
import { day } from "@/lib/dates";
import { price } from "@/lib/money";
import { engravingOf } from "@/lib/rosette";
import { plans as words } from "@/lib/words/buy";
import { Point } from "./note";
import { PlanButton } from "./plan-button";
import { includes } from "./plan-words";
import type { Held } from "./plans";

export type PlanNoteProps = {
  plan: Plan;
  position: number;
  catalog: Catalog;
  held: Held;
  checkout: Checkout;
  portal: ReturnType<typeof usePortal>;
};

/** A plan or a pass: its name in print, what it includes in words and numbers, and the way to have it. */
export function PlanNote(props: PlanNoteProps) {
  const { plan, position, catalog, held } = props;
  const engraving = engravingOf(position);
  const isHeld = held.subscription !== undefined || held.passes.length > 0;
  return (
    <li
      data-testid={`plan-${plan.id}`}
      style={{ ["--hue" as string]: engraving.hue }}
      className={`flex flex-col overflow-hidden rounded-note border bg-sheet shadow-sheet ${isHeld ? "border-ink" : "border-line"}`}
    >
      <Banknote
        engraving={engraving}
        badge={badgeOf(held)}
        className="h-28 sm:h-36"
        size="bottom-3! text-[2.6rem] tracking-[-.02em] sm:text-[3.1rem]"
      >
        <h2>{plan.name}</h2>
      </Banknote>
      <div className="flex flex-1 flex-col p-4">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="amount text-2xl font-medium tracking-tight">{price(plan.amount, plan.currency)}</span>
          <span className="text-sm text-soft">{plan.interval ? words.interval(plan.interval) : words.once}</span>
        </p>
        <ul className="mt-3 mb-5 grid gap-1.5 text-[0.9rem] text-soft [&_svg]:block">
          {includes(plan, catalog).map((each) => (
            <Point key={each}>{each}</Point>
          ))}
        </ul>
        <HeldUntil held={held} />
        <PlanButton {...props} />
      </div>
    </li>
  );
}

function badgeOf({ subscription, passes }: Held): string | undefined {
  if (subscription) return subscription.status === "past_due" ? words.pastDue : words.yours;
  return passes.length > 0 ? words.yourPass : undefined;
}

function HeldUntil({ held: { subscription, passes } }: { held: Held }) {
  if (!subscription?.until && passes.length === 0) return null;
  return (
    <ul className="mt-auto mb-3 text-[0.84rem]">
      {subscription?.until ? <li>{words.until(day(subscription.until))}</li> : null}
      {passes.map(({ property, until }) => (
        <li key={property ?? ""}>
          {property ? `${property}: ` : null}
          {words.ends(day(until))}
        </li>
      ))}
    </ul>
  );
}
