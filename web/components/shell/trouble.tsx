"use client";

import type { Pending } from "guilder-client";
import { useEffect, useState } from "react";
import { Notice } from "@/components/ui/notice";
import { useStatus } from "@/components/ui/status";
import { isLocal } from "@/lib/site";
import { bars } from "@/lib/words/shell";
import { tokens } from "@/lib/words/tokens";
import { UnknownOutcomes } from "./unknown-outcomes";

const SEND_AGAIN_SECONDS = 60;

type TroubleProps = {
  /** The address that is not verified yet. */
  unverified: string | null;
  isFrozen: boolean;
  debt: number;
  pending: readonly Pending[];
};

/** The bars of whom something is the matter with. */
export function Trouble({ unverified, isFrozen, debt, pending }: TroubleProps) {
  return (
    <>
      {unverified === null ? null : <VerifyBar email={unverified} />}
      {isFrozen ? <Notice tone="bad">{bars.frozen}</Notice> : null}
      {debt > 0 ? <Notice tone="bad">{bars.owes(tokens.amount(debt))}</Notice> : null}
      <UnknownOutcomes pending={pending} />
    </>
  );
}

function VerifyBar({ email }: { email: string }) {
  const [left, setLeft] = useState(0);
  const say = useStatus();

  useEffect(() => {
    if (left === 0) return;
    const tick = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(tick);
  }, [left]);

  async function sendAgain() {
    setLeft(SEND_AGAIN_SECONDS);
    try {
      const { sendVerification } = await import("@/lib/firebase/auth");
      await sendVerification();
      say(bars.sent);
    } catch {
      say(bars.notSent);
    }
  }

  return (
    <Notice
      action={
        <span className="flex flex-wrap items-center gap-x-4">
          {isLocal() ? (
            <a href="/__/local/mail" className="underline underline-offset-4">
              {bars.localMail}
            </a>
          ) : null}
          <button
            type="button"
            disabled={left > 0}
            onClick={sendAgain}
            className="amount min-h-8 underline underline-offset-4 disabled:no-underline disabled:opacity-70"
          >
            {left > 0 ? bars.sendAgainIn(left) : bars.sendAgain}
          </button>
        </span>
      }
    >
      {bars.verify(email)}
    </Notice>
  );
}
