"use client";

import { useEffect, useRef } from "react";
import { PressProblem, Problem } from "@/components/ui/problem";
import type { Checkout } from "@/hooks/use-checkout";

/** Why the way to Stripe is not open, and what can be done. It comes into view by itself. */
export function CheckoutProblem({ checkout }: { checkout: Checkout }) {
  const { state, damage, again, reset } = checkout;
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new problem comes into view
  useEffect(() => {
    // What it returns is a promise in newer browsers, and no way to clean up.
    box.current?.scrollIntoView({ block: "nearest" });
  }, [state, damage]);
  return (
    <div ref={box} className="mt-6 min-h-18 scroll-mb-24">
      {damage ? (
        <Problem error={damage} again={again} />
      ) : (
        <PressProblem press={state} path="/api/create-checkout" again={again} dismiss={reset} />
      )}
    </div>
  );
}
