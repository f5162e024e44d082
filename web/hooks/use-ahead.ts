"use client";

import { useEffect, useRef } from "react";

/** By then the page is there. */
const AFTER_MS = 2000;

/**
 * Loads code before it is needed, a moment after it `isWanted`.
 *
 * It is for what is shown when the connection breaks: by then it could not be loaded any more.
 */
export function useAhead(isWanted: boolean, load: () => Promise<unknown>): void {
  const latest = useRef(load);
  useEffect(() => {
    if (!isWanted) return;
    // Who needs it loads it again.
    const soon = setTimeout(() => latest.current().catch(() => undefined), AFTER_MS);
    return () => clearTimeout(soon);
  }, [isWanted]);
}
