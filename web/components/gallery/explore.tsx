"use client";

import { ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { useCatalog } from "@/hooks/use-catalog";
import { gallery as words } from "@/lib/words/gallery";
import { tokens } from "@/lib/words/tokens";
import { Gallery } from "./gallery";
import { Hero } from "./hero";

/** The start page: a hero for visitors, and everybody's pictures. */
export function Explore() {
  const cost = useCatalog().data?.features[0]?.cost;
  return (
    <>
      <Hero />
      <div className="mb-5 flex items-baseline justify-between gap-4">
        <h2 className="display text-3xl sm:text-4xl">{words.title}</h2>
        <p className="text-sm text-soft">{words.newest}</p>
      </div>
      <Gallery
        empty={
          <Empty
            title={words.empty}
            action={
              <ButtonLink href="/image-generator">
                {cost === undefined ? words.emptyActionPlain : words.emptyAction(tokens.amount(cost))}
              </ButtonLink>
            }
          />
        }
      />
    </>
  );
}
