"use client";

import { Questions } from "@/components/questions/questions";
import { ButtonLink } from "@/components/ui/button";
import { Problem } from "@/components/ui/problem";
import { useCatalog } from "@/hooks/use-catalog";
import { guide as words } from "@/lib/words/guide";
import { questionsTitle } from "@/lib/words/questions";
import { sectionsOf } from "./sections";

/** The user guide: what tokens are and what becomes of them, with the numbers of the catalogue. */
export function GuidePage() {
  const { data: catalog, error, refetch } = useCatalog();
  const sections = sectionsOf(catalog);
  return (
    <div className="mx-auto max-w-5xl xl:grid xl:grid-cols-[1fr_13rem] xl:gap-16">
      <article className="max-w-2xl">
        <h1 className="display text-[2.75rem] sm:text-[3.6rem]">{words.title}</h1>
        <p className="mt-3 text-[1.06rem] leading-[1.625rem] text-soft">{words.lead}</p>
        {error ? (
          <div className="mt-6">
            <Problem error={error} again={refetch} />
          </div>
        ) : null}
        {sections.map(({ id, title, content }) => (
          <section key={id} aria-labelledby={id} className="mt-11">
            <h2 id={id} className="display scroll-mt-20 text-[1.9rem]">
              {title}
            </h2>
            <div className="mt-3 grid gap-3 leading-[1.65]">{content}</div>
          </section>
        ))}
        <Questions className="mt-14" />
        <div className="mt-10 flex flex-wrap gap-3">
          <ButtonLink href="/image-generator">{words.make}</ButtonLink>
          <ButtonLink href="/buy-tokens" kind="outline">
            {words.buy}
          </ButtonLink>
        </div>
      </article>
      <nav aria-label={words.contents} className="hidden xl:block">
        <div className="sticky top-10 border-s border-line ps-5">
          <p className="text-[0.82rem] font-medium text-soft">{words.contents}</p>
          <ul className="mt-2">
            {[...sections, { id: "questions", title: questionsTitle }].map(({ id, title }) => (
              <li key={id}>
                <a href={`#${id}`} className="flex min-h-8 items-center py-0.5 text-sm text-soft hover:text-ink">
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </div>
      </nav>
    </div>
  );
}
