"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { dayStart, isoDay } from "@/lib/dates";
import { history as words } from "@/lib/words/wallet";
import type { Filter } from "./filters";

/** Two days of one's own. The second one is meant to be in it, so the address has the day after. */
export function OwnDates({ filter, choose }: { filter: Filter; choose: (filter: Filter) => void }) {
  const [from, setFrom] = useState(filter.from ?? "");
  const [last, setLast] = useState(shifted(filter.to, -1));
  const isWrong = from !== "" && last !== "" && last < from;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!isWrong) choose({ ...filter, from: from || null, to: shifted(last, 1) || null });
  }

  return (
    <form onSubmit={submit} className="grid max-w-xl grid-cols-2 items-start gap-3 sm:grid-cols-[1fr_1fr_auto]">
      <Input
        type="date"
        label={words.from}
        value={from}
        problem={isWrong ? words.wrongDates : undefined}
        onChange={(event) => setFrom(event.target.value)}
      />
      <Input type="date" label={words.to} value={last} onChange={(event) => setLast(event.target.value)} />
      <Button type="submit" kind="outline" className="max-sm:col-span-2 sm:mt-[1.65rem]">
        {words.show}
      </Button>
    </form>
  );
}

function shifted(day: string | null, days: number): string {
  const found = dayStart(day, days);
  return found ? isoDay(found) : "";
}
