"use client";

import { useEffect, useState } from "react";
import type { Fail, Show, Stop } from "@/lib/firebase/live";
import { untilGone } from "./use-session";

const FIRST_ANSWER_MS = 10_000;
const HIDDEN_MS = 300_000;
const AGAIN_MS = 15_000;

type Live<T> = {
  /** What was read last, or null before the first time. `{ value: undefined }` where there is no such document. */
  found: { value: T | undefined } | null;
  /** What is shown may be old: the listener failed, has not begun, or the browser is offline. */
  isStale: boolean;
};

type Start<T> = (show: Show<T>, fail: Fail) => Promise<Stop>;

/**
 * Follows something in Firestore while the page is looked at.
 *
 * @param key names what is followed; null follows nothing.
 * @param start is read again whenever `key` changes.
 */
export function useLive<T>(key: string | null, start: Start<T>): Live<T> {
  const [state, setState] = useState<{ key: string | null; found: Live<T>["found"]; isStale: boolean }>({
    key: null,
    found: null,
    isStale: false,
  });
  const isWatched = useIsWatched();
  const isOnline = useIsOnline();
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `start` belongs to `key`, and `attempt` starts again
  useEffect(() => {
    if (key === null || !isWatched) return;
    const late = setTimeout(() => setState((old) => ({ ...old, key, isStale: true })), FIRST_ANSWER_MS);
    let again: ReturnType<typeof setTimeout> | undefined;
    const fail = () => {
      clearTimeout(late);
      setState((old) => ({ ...old, key, found: old.key === key ? old.found : null, isStale: true }));
      again = setTimeout(() => setAttempt((old) => old + 1), AGAIN_MS);
    };
    const stop = untilGone(
      () =>
        start((value) => {
          clearTimeout(late);
          setState({ key, found: { value }, isStale: false });
        }, fail),
      fail,
    );
    return () => {
      clearTimeout(late);
      clearTimeout(again);
      stop();
    };
  }, [key, isWatched, attempt]);

  if (key === null || state.key !== key) return { found: null, isStale: !isOnline };
  return { found: state.found, isStale: state.isStale || !isOnline };
}

/** False once the page has been hidden for five minutes: nobody pays for reads that nobody sees. */
function useIsWatched(): boolean {
  const [isWatched, setWatched] = useState(true);
  useEffect(() => {
    let closing: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(closing);
      if (document.visibilityState === "visible") setWatched(true);
      else closing = setTimeout(() => setWatched(false), HIDDEN_MS);
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(closing);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return isWatched;
}

/** Whether the browser believes that it is connected. */
export function useIsOnline(): boolean {
  const [isOnline, setOnline] = useState(true);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    look();
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return isOnline;
}
