"use client";

import { useQueryClient } from "@tanstack/react-query";
import { WasICharged } from "@/components/explain/was-i-charged";
import { Img } from "@/components/ui/img";
import { type Generation, isFinal, type OwnGeneration, useGeneration } from "@/hooks/use-generation";
import { job as words } from "@/lib/words/job";
import { tokens } from "@/lib/words/tokens";
import { Publish } from "./publish";

/** One generation: its pictures as they come, and what it cost in words. */
export function Job({ own }: { own: OwnGeneration }) {
  const { data: generation } = useGeneration(own.id, own.status);
  const title = own.caption || own.prompt;
  return (
    <article aria-label={title} className="rises rounded-panel border border-line bg-sheet p-4 shadow-sheet">
      <h2 className="line-clamp-2 text-sm font-medium wrap-anywhere">{title}</h2>
      {generation ? (
        <>
          <Pictures generation={generation} title={title} />
          <div className="mt-3 flex flex-wrap items-center justify-between gap-x-4 text-sm">
            <p data-testid="charge" role="status" className="amount">
              {chargeWords(generation)}
            </p>
            <WasICharged id={generation.id} className="text-soft" />
          </div>
          <Publish generation={generation} caption={own.caption} />
        </>
      ) : (
        <div className="skeleton mt-3 aspect-square w-full max-w-sm rounded-picture" />
      )}
    </article>
  );
}

function Pictures({ generation, title }: { generation: Generation; title: string }) {
  const queries = useQueryClient();
  const alone = generation.areas.length === 1;
  return (
    <ul className={`mt-3 grid gap-3 ${alone ? "max-w-xl" : "grid-cols-2 sm:grid-cols-3"}`}>
      {generation.areas.map((area, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the areas of a generation never move
        <li key={index} className="min-w-0">
          {area.imageUrl ? (
            <Img
              src={area.imageUrl}
              alt={area.label ?? title}
              loading="lazy"
              decoding="async"
              // The address of a private picture ends after a quarter of an hour: ask for another.
              onAgain={() => queries.invalidateQueries({ queryKey: ["generation", generation.id] })}
              className="w-full rounded-picture bg-well"
            />
          ) : area.status === "failed" ? (
            <div className="grid aspect-square place-items-center rounded-picture bg-well p-3 text-center text-sm text-soft">
              {words.couldNot}
            </div>
          ) : (
            <div role="img" aria-label={words.beingMade} className="skeleton aspect-square rounded-picture" />
          )}
          {area.label ? <p className="mt-1.5 truncate text-sm text-soft">{area.label}</p> : null}
        </li>
      ))}
    </ul>
  );
}

/** What a generation cost, in words. Until it is final, it says "so far". */
export function chargeWords(generation: Generation): string {
  const { cost, refunded, final } = generation.charge;
  const isFree = generation.charge.paidBy !== "tokens";
  const failed = generation.areas.filter((area) => area.status === "failed").length;
  if (!isFinal(generation)) return isFree ? words.inProgressFree : words.inProgress(tokens.amount(cost));
  const sentence =
    failed === generation.areas.length
      ? isFree
        ? words.nothingFree
        : words.nothing(refunded)
      : failed > 0
        ? isFree
          ? words.partlyFree(failed)
          : words.partly(cost - refunded, refunded, failed)
        : isFree
          ? words.free
          : words.spent(tokens.amount(cost - refunded));
  return final ? sentence : words.soFar(sentence);
}
