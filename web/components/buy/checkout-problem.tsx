"use client";

import { useEffect, useRef } from "react";
import { Notice } from "@/components/ui/notice";
import type { Checkout } from "@/hooks/use-checkout";
import { usePortal } from "@/hooks/use-portal";
import { signInHere } from "@/lib/address";
import { type Remedy, tell } from "@/lib/problems";
import { buy, plans } from "@/lib/words/buy";
import { outcomes } from "@/lib/words/outcomes";
import { problems } from "@/lib/words/problems";
import { site } from "@/lib/words/site";

const LINK = "min-h-8 font-medium underline underline-offset-4";

/** Why the way to Stripe is not open: what happened, and what can be done. It comes into view by itself. */
export function CheckoutProblem({ checkout }: { checkout: Checkout }) {
  const told = tellOf(checkout);
  const box = useRef<HTMLDivElement>(null);
  const text = told?.text;
  useEffect(() => {
    if (text) box.current?.scrollIntoView({ block: "nearest" });
  }, [text]);
  if (!told) return null;
  return (
    <div ref={box} className="mt-6">
      <Notice tone={told.isBad ? "bad" : "plain"} action={<Way {...told} />}>
        {told.text}
      </Notice>
    </div>
  );
}

type Found = { text: string; remedy: Remedy | "portal"; isBad: boolean };

function tellOf({ state, isDamaged }: Checkout): Found | undefined {
  if (isDamaged) return { text: problems.broken, remedy: "reload", isBad: true };
  switch (state.state) {
    case "checking":
      return { text: outcomes.checking, remedy: "none", isBad: false };
    case "unknown":
      return { text: outcomes.unreachable, remedy: "none", isBad: true };
    case "refused": {
      const { text, remedy } = tell(state.error);
      const isSubscribed = state.error.problem.type === "already-subscribed";
      return { text, remedy: isSubscribed ? "portal" : remedy, isBad: true };
    }
    default:
      return undefined;
  }
}

function Way({ remedy }: Found) {
  const portal = usePortal();
  switch (remedy) {
    case "sign-in":
      return (
        <button type="button" className={LINK} onClick={() => location.assign(signInHere())}>
          {site.signIn}
        </button>
      );
    case "reload":
      return (
        <button type="button" className={LINK} onClick={() => location.reload()}>
          {site.reload}
        </button>
      );
    case "portal":
      return (
        <button type="button" className={LINK} disabled={portal.isOpening} onClick={portal.open}>
          {portal.isOpening ? buy.opening : plans.manageLong}
        </button>
      );
    default:
      return null;
  }
}
