"use client";

import { Problem } from "@/components/ui/problem";
import type { Catalog, Plan } from "@/hooks/use-catalog";
import { useCheckout } from "@/hooks/use-checkout";
import { usePortal } from "@/hooks/use-portal";
import { useWallet, type Wallet } from "@/hooks/use-wallet";
import { plans as words } from "@/lib/words/buy";
import { CheckoutState } from "./checkout-state";
import { PlanNote } from "./plan-note";

/** What somebody holds of a plan that is sold. */
export type Held = {
  /** Their subscription, if it is this plan's. */
  subscription?: NonNullable<Wallet["subscription"]>;
  /** The passes of this plan that still run. */
  passes: Wallet["passes"];
  /** They have a subscription to something else, which is switched and not bought beside it. */
  isElsewhere: boolean;
};

/** Plans and passes, each with what it includes. Today's is marked; switching and ending is Stripe's page. */
export function Plans({ catalog }: { catalog: Catalog }) {
  const { data: wallet } = useWallet();
  const checkout = useCheckout();
  const portal = usePortal();
  return (
    <>
      <p className="mt-6 text-soft">
        {words.lead(
          catalog.plans.some((plan) => plan.kind === "subscription"),
          catalog.plans.some((plan) => plan.kind === "pass"),
        )}
      </p>
      <CheckoutState checkout={checkout} />
      {portal.error ? (
        <div className="mt-6">
          <Problem error={portal.error} again={portal.open} />
        </div>
      ) : null}
      <ul className="mt-6 grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {catalog.plans.map((plan, index) => (
          <PlanNote
            key={plan.id}
            plan={plan}
            position={catalog.packages.length + index}
            catalog={catalog}
            held={heldOf(plan, wallet)}
            checkout={checkout}
            portal={portal}
          />
        ))}
      </ul>
    </>
  );
}

function heldOf(plan: Plan, wallet: Wallet | undefined): Held {
  const passes = wallet?.passes.filter((each) => each.plan === plan.id) ?? [];
  const subscription = wallet?.subscription;
  if (plan.kind !== "subscription" || !subscription || !["active", "past_due"].includes(subscription.status)) {
    return { passes, isElsewhere: false };
  }
  if (subscription.plan !== plan.id) return { passes, isElsewhere: true };
  return { subscription, passes, isElsewhere: false };
}
