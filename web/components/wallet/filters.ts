import type { LineType, Wanted } from "@/hooks/use-history";
import { dayStart, isoDay, monthStart } from "@/lib/dates";
import { kinds } from "@/lib/words/ledger";

/** Which lines are looked at, as the address has it: `from` and `to` are days, the second one exclusive. */
export type Filter = { type: LineType | null; from: string | null; to: string | null };

/** What the address says. What is no kind of line, and no day, says nothing. */
export function filterOf(query: URLSearchParams): Filter {
  const type = query.get("type");
  return {
    type: type !== null && Object.hasOwn(kinds, type) ? (type as LineType) : null,
    from: dayStart(query.get("from")) ? query.get("from") : null,
    to: dayStart(query.get("to")) ? query.get("to") : null,
  };
}

/** The address that says it. */
export function addressOf({ type, from, to }: Filter): string {
  const query = new URLSearchParams();
  if (type) query.set("type", type);
  if (from) query.set("from", from);
  if (to) query.set("to", to);
  const text = query.toString();
  return text ? `/wallet?${text}` : "/wallet";
}

/** The same as the API has it: the reader's days as moments. */
export function wantedOf({ type, from, to }: Filter): Wanted {
  const start = dayStart(from)?.toISOString();
  const end = dayStart(to)?.toISOString();
  return { ...(type && { type }), ...(start && { from: start }), ...(end && { to: end }) };
}

export type Span = "any" | "this-month" | "last-month" | "this-year" | "own";

/** The spans that are one press away. */
export function spansOf(now: Date): Record<Exclude<Span, "own">, Pick<Filter, "from" | "to">> {
  return {
    any: { from: null, to: null },
    "this-month": { from: isoDay(monthStart(now)), to: null },
    "last-month": { from: isoDay(monthStart(now, -1)), to: isoDay(monthStart(now)) },
    "this-year": { from: isoDay(new Date(now.getFullYear(), 0, 1)), to: null },
  };
}

/** Which of them a filter is; `own` where it is none of them. */
export function spanOf({ from, to }: Filter, now: Date): Span {
  const found = Object.entries(spansOf(now)).find(([, span]) => span.from === from && span.to === to);
  return (found?.[0] as Span | undefined) ?? "own";
}
