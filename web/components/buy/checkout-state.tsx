"use client";

import { useBalance } from "@/hooks/use-balance";
import type { Checkout } from "@/hooks/use-checkout";
import { buy } from "@/lib/words/buy";
import { CheckoutProblem } from "./checkout-problem";

/** What stands in the way of buying, if anything does. The buttons that it disables refer to it. */
export function CheckoutState({ checkout }: { checkout: Checkout }) {
  const { isFrozen } = useBalance();
  if (isFrozen) {
    return (
      <p id="buying-frozen" className="mt-6 text-sm text-soft">
        {buy.frozen}
      </p>
    );
  }
  const { state } = checkout.state;
  if (!checkout.damage && (state === "idle" || state === "sending")) return null;
  return <CheckoutProblem checkout={checkout} />;
}
