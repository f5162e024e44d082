"use client";

import { OutcomeUnknown, Refused } from "guilder-client";
import { useEffect, useState } from "react";
import { soon } from "@/lib/dates";
import { remedies } from "@/lib/words/problems";
import { site } from "@/lib/words/site";
import { Step } from "./told";

/** Whoever has to wait for longer is told until when: nobody looks on for an hour. */
const LONGEST_COUNTED = 120;
/** For whoever does not say how long. */
const USUAL_SECONDS = 5;

/** Waits for as long as the server asks for, and then lets somebody try again. */
export function Countdown({ error, again }: { error: unknown; again: () => void }) {
  const left = useSecondsLeft(error, secondsOf(error));
  return (
    <Step disabled={left > 0} onClick={again}>
      {left > LONGEST_COUNTED
        ? remedies.tryAgainAt(soon(new Date(Date.now() + left * 1000).toISOString()))
        : left > 0
          ? remedies.tryAgainIn(left)
          : site.tryAgain}
    </Step>
  );
}

function secondsOf(error: unknown): number {
  const asked = error instanceof Refused || error instanceof OutcomeUnknown ? error.retryAfter : undefined;
  return asked ?? USUAL_SECONDS;
}

/** The seconds that are left of so many, counted anew for each `cause`. */
export function useSecondsLeft(cause: unknown, seconds: number): number {
  const [left, setLeft] = useState(seconds);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each cause begins anew
  useEffect(() => {
    const end = Date.now() + seconds * 1000;
    const look = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    look();
    const tick = setInterval(look, 1000);
    return () => clearInterval(tick);
  }, [cause, seconds]);
  return left;
}
