"use client";

import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { SIGNED_IN } from "@/lib/api";
import type { Person } from "@/lib/firebase/auth";
import { forgetEverywhere, obeyOtherTabs } from "@/lib/forget";
import { inBrowser } from "@/lib/storage";

/** Who looks at the page. It is `unknown` only where somebody was signed in here and Auth has not answered yet. */
export type Session =
  | { state: "unknown"; person?: undefined }
  | { state: "out"; person?: undefined }
  | { state: "in"; person: Person };

type SessionActions = {
  /** Follows Auth from now on: somebody has just signed in. */
  begin: () => void;
  /** Signs out, in every tab, and drops what this browser remembers of them. */
  signOut: () => Promise<void>;
};

const UNKNOWN: Session = { state: "unknown" };
const OUT: Session = { state: "out" };

const SessionContext = createContext<Session & SessionActions>({
  ...UNKNOWN,
  begin: () => undefined,
  signOut: async () => undefined,
});

export const useSession = () => useContext(SessionContext);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session>(UNKNOWN);
  const [isFollowing, setFollowing] = useState(false);
  const queries = useQueryClient();

  const begin = useCallback(() => {
    inBrowser.set(SIGNED_IN, "1");
    setFollowing(true);
  }, []);

  const signOut = useCallback(async () => {
    const { leave } = await import("@/lib/firebase/auth");
    await leave();
    forgetEverywhere();
  }, []);

  useEffect(() => {
    if (inBrowser.get(SIGNED_IN)) setFollowing(true);
    else setSession(OUT);
  }, []);

  useEffect(() => {
    if (!isFollowing) return;
    return untilGone(
      async () => {
        const { watchPerson } = await import("@/lib/firebase/auth");
        return watchPerson((person) => {
          if (person) inBrowser.set(SIGNED_IN, "1");
          else inBrowser.remove(SIGNED_IN);
          setSession(person ? { state: "in", person } : OUT);
        });
      },
      () => setSession(OUT),
    );
  }, [isFollowing]);

  useEffect(obeyOtherTabs, []);
  useFreshVerification(session);

  // What one person was shown is not shown to the next, nor to a visitor.
  const shownTo = session.state === "unknown" ? null : (session.person?.uid ?? "");
  const shownBefore = useRef(shownTo);
  useEffect(() => {
    const before = shownBefore.current;
    shownBefore.current = shownTo;
    if (before === null || before === shownTo) return;
    queries.removeQueries({ type: "inactive" });
    queries.resetQueries();
  }, [shownTo, queries]);

  const value = useMemo(() => ({ ...session, begin, signOut }), [session, begin, signOut]);
  return <SessionContext value={value}>{children}</SessionContext>;
}

/** Asks again whenever the page is looked at: people verify in another tab, or on their phone. */
function useFreshVerification(session: Session): void {
  const isWaiting = session.state === "in" && !session.person.isVerified;
  useEffect(() => {
    if (!isWaiting) return;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      const { lookForVerification } = await import("@/lib/firebase/auth");
      // Without a connection the next look finds out.
      await lookForVerification().catch(() => undefined);
    };
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [isWaiting]);
}

/** Starts something that takes a moment to start, and stops it however early it is to be stopped. */
export function untilGone(start: () => Promise<() => void>, fail: (error: Error) => void): () => void {
  let isGone = false;
  let stop: (() => void) | undefined;
  start().then(
    (found) => {
      if (isGone) found();
      else stop = found;
    },
    (error: Error) => {
      if (!isGone) fail(error);
    },
  );
  return () => {
    isGone = true;
    stop?.();
  };
}
