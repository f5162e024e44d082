"use client";

import { Choice } from "@/components/ui/choice";
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
        <Choice
          key={each}
          name="scheme"
          mark="filled"
          isChosen={scheme === each}
          choose={() => choose(each)}
          className="min-w-24 rounded-field font-medium"
        >
          {words[each]}
        </Choice>
      ))}
    </fieldset>
  );
}
