"use client";

import type { Schemas } from "guilder-client";
import { Choice } from "@/components/ui/choice";
import { create as words } from "@/lib/words/create";

type Style = Schemas["StyleAnswer"];
type StylesProps = { styles: readonly Style[]; chosen: string | undefined; choose: (id: string) => void };

const CHIP = "rounded-full ps-2";

/** The styles of a feature as chips, each with a drawn swatch. */
export function Styles({ styles, chosen, choose }: StylesProps) {
  return (
    <fieldset>
      <legend className="text-sm font-medium">{words.style}</legend>
      <div className="mt-2 flex flex-wrap gap-2">
        <Choice name="style" mark="outlined" isChosen={!chosen} choose={() => choose("")} className={CHIP}>
          <span className="size-7 rounded-full border border-dashed border-line-strong" />
          {words.noStyle}
        </Choice>
        {styles.map((each, index) => (
          <Choice
            key={each.id}
            name="style"
            mark="outlined"
            isChosen={each.id === chosen}
            choose={() => choose(each.id)}
            className={CHIP}
          >
            <Swatch position={index} of={styles.length} />
            {each.name}
          </Choice>
        ))}
      </div>
    </fieldset>
  );
}

/** Rings in a hue of their own, so that styles can be told apart at a glance. */
function Swatch({ position, of }: { position: number; of: number }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 28 28"
      className="note-ink size-7"
      style={{ ["--hue" as string]: (position * 360) / of + 20 }}
    >
      <circle cx="14" cy="14" r="14" fill="oklch(var(--note-wash-l) var(--note-wash-c) var(--hue))" />
      {[3, 6, 9].map((radius) => (
        <circle
          key={radius}
          cx={14 + ((position % 3) - 1) * (9 - radius) * 0.4}
          cy="14"
          r={radius}
          fill="none"
          stroke="currentColor"
          strokeDasharray={position % 2 ? "2 1.5" : undefined}
        />
      ))}
    </svg>
  );
}
