"use client";

import { Coin } from "@/components/ui/amount";
import { ButtonLink } from "@/components/ui/button";
import { Rosette } from "@/components/ui/rosette";
import { useCatalog } from "@/hooks/use-catalog";
import { useSession } from "@/hooks/use-session";
import { engravingOf } from "@/lib/rosette";
import { gallery as words } from "@/lib/words/gallery";
import { site } from "@/lib/words/site";

const ENGRAVING = engravingOf(1);

/** Two lines for who is signed out, with the price of a picture and the tokens to start with. */
export function Hero() {
  const { state } = useSession();
  const { data: catalog } = useCatalog();
  if (state === "in") return <h1 className="sr-only">{site.name}</h1>;

  const cost = catalog?.features[0]?.cost;
  const bonus = catalog?.signupBonus ?? 0;
  return (
    // It stands in the exported page. Where somebody is signed in, it is hidden from the first moment on.
    <section className="relative mb-9 in-[.known]:hidden overflow-hidden rounded-panel border border-line bg-sheet px-6 py-9 shadow-sheet sm:px-10 sm:py-11">
      <Rosette
        engraving={ENGRAVING}
        width={0.7}
        className="absolute -end-40 -top-32 size-[27rem] text-gold opacity-45 [mask-image:linear-gradient(100deg,transparent_8%,black_52%)] sm:-end-16 sm:-top-24 sm:size-[33rem] sm:opacity-80"
      />
      <div className="relative max-w-xl">
        <h1 className="display text-[2.7rem] sm:text-[3.6rem]">
          {words.hero[0]}
          <br />
          {words.hero[1]}
        </h1>
        {/* The place of the price is there before the price is, so that nothing moves. */}
        <p className="mt-4 min-h-18 max-w-md text-soft sm:min-h-14 sm:text-[1.06rem]">
          {words.heroPromise}{" "}
          {catalog === undefined ? null : (
            <span className="amount block text-ink sm:inline">
              <Coin size={15} className="-mt-0.5 me-1 inline" />
              {cost === undefined ? words.heroFree : words.heroCost(cost)}
              {bonus > 0 ? ` ${words.heroStart(bonus)}` : null}
            </span>
          )}
        </p>
        <div className="mt-6 flex flex-wrap gap-3">
          <ButtonLink href="/sign-in">{words.start}</ButtonLink>
          <ButtonLink kind="outline" href="/buy-tokens">
            {words.prices}
          </ButtonLink>
        </div>
      </div>
    </section>
  );
}
