"use client";

import { useVerificationMail } from "@/hooks/use-verification-mail";
import { isLocal } from "@/lib/site";
import { bars } from "@/lib/words/shell";

/** Sends the link that verifies the e-mail once more. On this machine it leads to where mails are read. */
export function SendAgain() {
  const { left, send } = useVerificationMail();
  return (
    <span className="flex flex-wrap items-center gap-x-4">
      {isLocal() ? (
        <a href="/__/local/mail" className="flex min-h-8 items-center underline underline-offset-4">
          {bars.localMail}
        </a>
      ) : null}
      <button
        type="button"
        disabled={left > 0}
        onClick={send}
        className="amount min-h-8 underline underline-offset-4 disabled:no-underline disabled:opacity-70"
      >
        {left > 0 ? bars.sendAgainIn(left) : bars.sendAgain}
      </button>
    </span>
  );
}
