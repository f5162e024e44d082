"use client";

import { lazy, Suspense, useEffect, useState } from "react";
import { Notice } from "@/components/ui/notice";
import { useStatus } from "@/components/ui/status";
import { useBalance } from "@/hooks/use-balance";
import { usePending } from "@/hooks/use-intent";
import { useIsOnline } from "@/hooks/use-live";
import { useSession } from "@/hooks/use-session";
import { isLocal } from "@/lib/site";
import { bars } from "@/lib/words/shell";
import { site } from "@/lib/words/site";
import { tokens } from "@/lib/words/tokens";

const UnknownOutcomes = lazy(() => import("./unknown-outcomes").then((found) => ({ default: found.UnknownOutcomes })));

const SEND_AGAIN_SECONDS = 60;

/** What has to be known on every page: offline, unverified, frozen, owing, and presses whose outcome is unknown. */
export function Bars() {
  const isOnline = useIsOnline();
  const { person } = useSession();
  const { wallet, isFrozen } = useBalance();
  const { pending } = usePending();
  const debt = wallet?.debt ?? 0;
  return (
    <div className="mx-auto grid max-w-6xl gap-2 [&:not(:empty)]:mb-6">
      {isOnline ? null : <Notice>{site.offline}</Notice>}
      {person && !person.isVerified ? <VerifyBar email={person.email} /> : null}
      {isFrozen ? <Notice tone="bad">{bars.frozen}</Notice> : null}
      {debt > 0 ? <Notice tone="bad">{bars.owes(tokens.amount(debt))}</Notice> : null}
      {pending.length > 0 ? (
        <Suspense>
          <UnknownOutcomes pending={pending} />
        </Suspense>
      ) : null}
    </div>
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
