"use client";

import { useId } from "react";
import { operator as words } from "@/lib/words/operator";

type ReasonProps = { reasons: readonly string[]; chosen: string; choose: (reason: string) => void };

/** Why something is done: one of the economy's reasons, which goes into the log and onto the line. */
export function Reason({ reasons, chosen, choose }: ReasonProps) {
  const id = useId();
  return (
    <span className="inline-flex items-center gap-2 text-sm">
      <label htmlFor={id}>{words.reason}</label>
      <select
        id={id}
        value={chosen}
        onChange={(event) => choose(event.target.value)}
        className="h-11 rounded-field border border-line-strong/70 bg-sheet px-3 text-base"
      >
        <option value="" />
        {reasons.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </span>
  );
}
