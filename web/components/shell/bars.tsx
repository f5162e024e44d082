"use client";

import { lazy, Suspense, useRef } from "react";
import { Notice } from "@/components/ui/notice";
import { loadProblems } from "@/components/ui/problem";
import { useAhead } from "@/hooks/use-ahead";
import { useBalance } from "@/hooks/use-balance";
import { usePending } from "@/hooks/use-intent";
import { useIsOnline } from "@/hooks/use-live";
import { useSession } from "@/hooks/use-session";
import { site } from "@/lib/words/site";

const trouble = () => import("./trouble");
const Trouble = lazy(() => trouble().then((found) => ({ default: found.Trouble })));

/** What has to be known on every page: offline, unverified, frozen, owing, and presses whose outcome is unknown. */
export function Bars() {
  const isOnline = useIsOnline();
  const { person } = useSession();
  const { wallet, isFrozen } = useBalance();
  const { pending } = usePending();
  useAhead(person !== undefined, () => Promise.all([trouble(), loadProblems()]));
  const debt = wallet?.debt ?? 0;
  const unverified = person && !person.isVerified ? person.email : null;
  const hadPending = useRef(false);
  // What became of those that were finished is still to be read.
  hadPending.current ||= pending.length > 0;
  const hasTrouble = unverified !== null || isFrozen || debt > 0 || hadPending.current;
  return (
    <div className="mx-auto grid max-w-6xl gap-2 [&:not(:empty)]:mb-6">
      {/* Nothing more can be loaded by whoever is offline. */}
      {isOnline ? null : <Notice>{site.offline}</Notice>}
      {hasTrouble ? (
        <Suspense>
          <Trouble unverified={unverified} isFrozen={isFrozen} debt={debt} pending={pending} />
        </Suspense>
      ) : null}
    </div>
  );
}
