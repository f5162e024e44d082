import { Questions } from "@/components/questions/questions";
import { ButtonLink } from "@/components/ui/button";
import { Rosette } from "@/components/ui/rosette";
import { engravingOf } from "@/lib/rosette";
import { canceled as words } from "@/lib/words/receipt";

const ENGRAVING = engravingOf(1);

/** Where Stripe returns to when nothing was bought. */
export function CanceledPage() {
  return (
    <div className="mx-auto grid max-w-5xl gap-12 lg:grid-cols-[1fr_1.15fr] lg:gap-16 lg:pt-6">
      <section
        style={{ ["--hue" as string]: ENGRAVING.hue }}
        className="relative isolate self-start overflow-hidden rounded-panel border border-line bg-sheet px-6 py-12 sm:px-9 lg:py-16"
      >
        <Rosette
          engraving={ENGRAVING}
          className="note-ink absolute -end-24 -bottom-28 -z-10 size-80 opacity-30 [mask-image:linear-gradient(100deg,transparent_8%,black_60%)]"
        />
        <h1 className="display text-[2.75rem] sm:text-[3.4rem]">{words.title}</h1>
        <p className="mt-3 text-[1.06rem] text-soft">{words.nothing}</p>
        <div className="mt-8 flex flex-wrap gap-3">
          <ButtonLink href="/buy-tokens">{words.tryAgain}</ButtonLink>
          <ButtonLink href="/image-generator" kind="quiet">
            {words.toCreate}
          </ButtonLink>
        </div>
      </section>
      <Questions />
    </div>
  );
}
