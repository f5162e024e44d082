"use client";

import { useEffect, useRef, useState } from "react";
import { time } from "@/lib/dates";
import { operator as words } from "@/lib/words/operator";

const SHOWN = 5;

type Deed = { text: string; at: string };

/** What was done on this page, newest first. It is kept in sight after what it was done to is gone. */
export function useDone() {
  const [deeds, setDeeds] = useState<readonly Deed[]>([]);
  const done = (text: string) => setDeeds((old) => [{ text, at: new Date().toISOString() }, ...old].slice(0, SHOWN));
  return { deeds, done };
}

export function Done({ deeds }: { deeds: readonly Deed[] }) {
  const list = useRef<HTMLElement>(null);
  const newest = deeds[0];
  // The button that was pressed is often gone: whoever works with a keyboard goes on from here.
  useEffect(() => {
    if (newest) list.current?.focus();
  }, [newest]);
  return (
    <section
      ref={list}
      tabIndex={-1}
      aria-label={words.doneHere}
      aria-live="polite"
      className={deeds.length > 0 ? "rounded-field border border-good/50 bg-sheet px-4 py-3 text-sm" : "sr-only"}
    >
      <ol className="grid gap-1">
        {deeds.map((deed) => (
          <li key={deed.at} className="amount">
            <span className="text-soft">{time(deed.at)}</span> {deed.text}
          </li>
        ))}
      </ol>
    </section>
  );
}
