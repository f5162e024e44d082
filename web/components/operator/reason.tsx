"use client";

import { type RefObject, useId, useRef, useState } from "react";
import { operator as words } from "@/lib/words/operator";

/** Why something is done: one of the economy's reasons, which goes into the log and onto the line. */
export type Chosen = {
  reason: string;
  choose: (reason: string) => void;
  /** Whether one is chosen. Whoever forgot it is led there. */
  isChosen: () => boolean;
  isMissing: boolean;
  field: RefObject<HTMLSelectElement | null>;
};

export function useReason(): Chosen {
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const field = useRef<HTMLSelectElement>(null);
  return {
    reason,
    isMissing,
    field,
    choose(next) {
      setReason(next);
      setMissing(false);
    },
    isChosen() {
      if (reason) return true;
      setMissing(true);
      field.current?.focus();
      return false;
    },
  };
}

export function Reason({ reasons, chosen }: { reasons: readonly string[]; chosen: Chosen }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="block text-sm font-medium">
        {words.reason}
      </label>
      <select
        id={id}
        ref={chosen.field}
        value={chosen.reason}
        aria-invalid={chosen.isMissing || undefined}
        aria-describedby={chosen.isMissing ? `${id}-problem` : undefined}
        onChange={(event) => chosen.choose(event.target.value)}
        className="mt-1.5 h-12 w-full min-w-40 rounded-field border border-line-strong/70 bg-sheet px-3 text-base aria-invalid:border-bad"
      >
        <option value="">{words.choose}</option>
        {reasons.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
      {chosen.isMissing ? (
        <p id={`${id}-problem`} className="mt-1.5 text-[0.82rem] text-bad">
          {words.reasonMissing}
        </p>
      ) : null}
    </div>
  );
}
