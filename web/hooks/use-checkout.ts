"use client";

import type { BodyOf } from "guilder-client";
import { useEffect, useState } from "react";
import { leaveFor, signInHere } from "@/lib/address";
import { useIntent } from "./use-intent";
import { useSession } from "./use-session";

/** What is bought: one package, or one plan with the property that it is for. */
export type Wanted = BodyOf<"/api/create-checkout">;

/**
 * Buying: a press, its key, and the way to Stripe.
 *
 * `leaving` is what is being bought from the press on until the page is gone. A page that comes back out of the browser's
 * cache, because somebody went back from Stripe's, can be used again.
 */
export function useCheckout() {
  const { press, state, reset } = useIntent("/api/create-checkout");
  const { state: session } = useSession();
  const [leaving, setLeaving] = useState<Wanted | null>(null);
  const [isDamaged, setDamaged] = useState(false);

  useEffect(() => {
    const comeBack = (event: PageTransitionEvent) => {
      if (event.persisted) setLeaving(null);
    };
    addEventListener("pageshow", comeBack);
    return () => removeEventListener("pageshow", comeBack);
  }, []);

  async function buy(wanted: Wanted) {
    if (session === "out") {
      location.assign(signInHere());
      return;
    }
    setLeaving(wanted);
    setDamaged(false);
    const answer = await press(wanted);
    try {
      if (answer) leaveFor(answer.url);
      else setLeaving(null);
    } catch {
      setLeaving(null);
      setDamaged(true);
    }
  }

  return { buy, leaving, state, isDamaged, reset };
}

export type Checkout = ReturnType<typeof useCheckout>;
