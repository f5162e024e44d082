"use client";

import { Choice } from "@/components/ui/choice";
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
          <Choice
            key={each.id}
            name="feature"
            mark="outlined"
            isChosen={each.id === chosen}
            choose={() => choose(each.id)}
            className="rounded-field font-medium"
          >
            {each.name}
            <span className="amount font-normal text-soft">{tokens.amount(each.cost)}</span>
          </Choice>
        ))}
      </div>
    </fieldset>
  );
}
