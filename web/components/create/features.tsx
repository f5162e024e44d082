"use client";

import type { Feature } from "@/hooks/use-catalog";
import { create as words } from "@/lib/words/create";
import { tokens } from "@/lib/words/tokens";

type FeaturesProps = { features: readonly Feature[]; chosen: string | undefined; choose: (id: string) => void };

/** What can be made, with the price of each. */
export function Features({ features, chosen, choose }: FeaturesProps) {
  return (
    <fieldset>
      <legend className="text-sm font-medium">{words.feature}</legend>
      <div className="mt-2 flex flex-wrap gap-2">
        {features.map((each) => (
          <label
            key={each.id}
            className="flex min-h-11 cursor-pointer items-center gap-2 rounded-field border border-line-strong/45 px-4 text-sm font-medium has-checked:border-ink has-checked:bg-well has-focus-visible:outline-2 has-focus-visible:outline-offset-2"
          >
            <input
              type="radio"
              name="feature"
              value={each.id}
              checked={each.id === chosen}
              onChange={() => choose(each.id)}
              className="sr-only"
            />
            {each.name}
            <span className="amount font-normal text-soft">{tokens.amount(each.cost)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
