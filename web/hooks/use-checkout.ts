"use client";

import type { BodyOf } from "guilder-client";
import { useEffect, useRef, useState } from "react";
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
  const [damage, setDamage] = useState<unknown>(null);
  const last = useRef<Wanted | null>(null);

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
    setDamage(null);
    last.current = wanted;
    const answer = await press(wanted);
    try {
      if (answer) leaveFor(answer.url);
      else setLeaving(null);
    } catch (error) {
      setLeaving(null);
      setDamage(error);
    }
  }

  /** Presses once more for the same. */
  const again = () => {
    if (last.current) buy(last.current);
  };

  return { buy, again, leaving, state, damage, reset };
}

export type Checkout = ReturnType<typeof useCheckout>;
