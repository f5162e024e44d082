"use client";

import { useState } from "react";
import type { LineType } from "@/hooks/use-history";
import { useStats } from "@/hooks/use-stats";
import { kinds } from "@/lib/words/ledger";
import { history as words } from "@/lib/words/wallet";
import { type Filter, type Span, spanOf, spansOf } from "./filters";
import { OwnDates } from "./own-dates";

type FilterBarProps = { filter: Filter; choose: (filter: Filter) => void };

const SPANS: readonly (readonly [Exclude<Span, "own">, string])[] = [
  ["any", words.anyTime],
  ["this-month", words.thisMonth],
  ["last-month", words.lastMonth],
  ["this-year", words.thisYear],
];

/** The filters of the history. Only kinds of which there are lines can be chosen. */
export function FilterBar({ filter, choose }: FilterBarProps) {
  const { data: ever } = useStats();
  const now = new Date();
  const span = spanOf(filter, now);
  const [isOwn, setOwn] = useState(false);
  const shown = (Object.keys(kinds) as LineType[]).filter(
    (type) => type === filter.type || ever?.types.some((each) => each.type === type && each.count > 0),
  );
  return (
    <div className="mt-4 grid gap-3">
      <fieldset className="flex flex-wrap gap-2">
        <legend className="sr-only">{words.kind}</legend>
        <Chip isChosen={filter.type === null} choose={() => choose({ ...filter, type: null })}>
          {words.all}
        </Chip>
        {shown.map((type) => (
          <Chip key={type} isChosen={filter.type === type} choose={() => choose({ ...filter, type })}>
            {kinds[type]}
          </Chip>
        ))}
      </fieldset>
      <fieldset className="flex flex-wrap gap-2">
        <legend className="sr-only">{words.time}</legend>
        {SPANS.map(([each, name]) => (
          <Chip
            key={each}
            isChosen={span === each && !isOwn}
            choose={() => {
              setOwn(false);
              choose({ ...filter, ...spansOf(now)[each] });
            }}
          >
            {name}
          </Chip>
        ))}
        <Chip isChosen={span === "own" || isOwn} choose={() => setOwn(true)}>
          {words.ownDates}
        </Chip>
      </fieldset>
      {span === "own" || isOwn ? (
        <OwnDates key={`${filter.from} ${filter.to}`} filter={filter} choose={choose} />
      ) : null}
    </div>
  );
}

function Chip({ isChosen, choose, children }: { isChosen: boolean; choose: () => void; children: string }) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={choose}
      className="min-h-9 rounded-full border border-line-strong/45 px-3.5 text-sm transition-colors duration-120 hover:bg-well aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-paper max-sm:min-h-11"
    >
      {children}
    </button>
  );
}
