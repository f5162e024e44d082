"use client";

import { lazy, Suspense } from "react";
import { useAhead } from "@/hooks/use-ahead";
import { useBalance } from "@/hooks/use-balance";
import type { Checkout } from "@/hooks/use-checkout";
import { useSession } from "@/hooks/use-session";
import { buy } from "@/lib/words/buy";

// The sentences of all refusals come after the page.
const checkoutProblem = () => import("./checkout-problem");
const CheckoutProblem = lazy(() => checkoutProblem().then((found) => ({ default: found.CheckoutProblem })));

/** What stands in the way of buying, if anything does. The buttons that it disables refer to it. */
export function CheckoutState({ checkout }: { checkout: Checkout }) {
  const { isFrozen } = useBalance();
  const { state: session } = useSession();
  useAhead(session === "in", checkoutProblem);
  if (isFrozen) {
    return (
      <p id="buying-frozen" className="mt-6 text-sm text-soft">
        {buy.frozen}
      </p>
    );
  }
  const { state } = checkout.state;
  if (!checkout.isDamaged && (state === "idle" || state === "sending")) return null;
  return (
    <Suspense>
      <CheckoutProblem checkout={checkout} />
    </Suspense>
  );
}
