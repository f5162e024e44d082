"use client";

import { useEffect, useRef } from "react";

/** Where a browser does not say when it is idle. */
const AFTER_MS = 2000;

/**
 * Loads code before it is needed, as soon as the browser has nothing else to do, from when on it `isWanted`.
 *
 * It is for what is shown when the connection breaks: by then it could not be loaded any more.
 */
export function useAhead(isWanted: boolean, load: () => Promise<unknown>): void {
  const latest = useRef(load);
  useEffect(() => {
    if (!isWanted) return;
    // Who needs it loads it again.
    const start = () => void latest.current().catch(() => undefined);
    if (!("requestIdleCallback" in window)) {
      const soon = setTimeout(start, AFTER_MS);
      return () => clearTimeout(soon);
    }
    const idle = requestIdleCallback(start);
    return () => cancelIdleCallback(idle);
  }, [isWanted]);
}
