"use client";

import { LedgerLine } from "@/components/ledger/line";
import type { Line } from "@/hooks/use-history";
import { day, isoDay } from "@/lib/dates";
import { ledger } from "@/lib/words/ledger";

const DAY_MS = 86_400_000;

/** Lines by the reader's days. */
export function Days({ lines }: { lines: readonly Line[] }) {
  return (
    <div className="grid gap-7">
      {daysOf(lines).map(({ date, lines: ofDay }) => (
        <section key={date} aria-labelledby={`day-${date}`}>
          <h3
            id={`day-${date}`}
            className="border-b border-line pb-2 text-[0.82rem] font-medium tracking-[.01em] text-soft"
          >
            {nameOf(date, ofDay[0]?.timestamp ?? "")}
          </h3>
          <ul className="divide-y divide-line">
            {ofDay.map((line) => (
              <LedgerLine key={line.id} line={line} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function daysOf(lines: readonly Line[]): { date: string; lines: Line[] }[] {
  const days: { date: string; lines: Line[] }[] = [];
  for (const line of lines) {
    const date = isoDay(new Date(line.timestamp));
    const last = days.at(-1);
    if (last?.date === date) last.lines.push(line);
    else days.push({ date, lines: [line] });
  }
  return days;
}

function nameOf(date: string, moment: string): string {
  if (date === isoDay(new Date())) return ledger.today;
  if (date === isoDay(new Date(Date.now() - DAY_MS))) return ledger.yesterday;
  return day(moment);
}
