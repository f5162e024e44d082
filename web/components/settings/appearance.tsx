"use client";

import { type Scheme, useScheme } from "@/hooks/use-scheme";
import { settings as words } from "@/lib/words/settings";

const SCHEMES: readonly Scheme[] = ["system", "light", "dark"];

/** The system's scheme, or one's own. */
export function Appearance() {
  const [scheme, choose] = useScheme();
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">{words.appearance}</legend>
      {SCHEMES.map((each) => (
        <label
          key={each}
          className="grid min-h-11 min-w-24 cursor-pointer place-items-center rounded-field border border-line-strong/45 px-4 text-sm font-medium has-checked:border-ink has-checked:bg-ink has-checked:text-paper has-focus-visible:outline-2 has-focus-visible:outline-offset-2"
        >
          <input
            type="radio"
            name="scheme"
            value={each}
            checked={scheme === each}
            onChange={() => choose(each)}
            className="sr-only"
          />
          {words[each]}
        </label>
      ))}
    </fieldset>
  );
}
