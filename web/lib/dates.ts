const AT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** A moment of the API (RFC 3339) in words. */
export const at = (moment: string): string => AT.format(new Date(moment));

/** The day of a moment in words. */
export const day = (moment: string): string => DAY.format(new Date(moment));

/** The time of a moment in words. */
export const time = (moment: string): string => TIME.format(new Date(moment));

/** A moment that is near: the time alone where it is today, else with its day. */
export function soon(moment: string): string {
  const isToday = new Date(moment).toDateString() === new Date().toDateString();
  return isToday ? time(moment) : at(moment);
}

/**
 * The last day on which what ends at a moment is still there.
 *
 * Tokens end at a UTC midnight, so the day before is the last one, wherever the reader is.
 */
export function lastDay(moment: string): string {
  const last = new Date(new Date(moment).getTime() - 1);
  return new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" }).format(last);
}

/** The first moment of a month where the reader is; `months` later, or earlier when it is negative. */
export function monthStart(now: Date, months = 0): Date {
  return new Date(now.getFullYear(), now.getMonth() + months, 1);
}

/** A day as an address and a field of a form have it: 2026-11-29. */
export function isoDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The first moment of such a day where the reader is, `days` later; undefined where it is no day. */
export function dayStart(text: string | null, days = 0): Date | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "");
  if (!parts) return undefined;
  const [year = 0, month = 0, date = 0] = parts.slice(1).map(Number);
  const found = new Date(year, month - 1, date);
  // The 31st of February is no day, and would become one of March.
  if (isoDay(found) !== text) return undefined;
  return new Date(year, month - 1, date + days);
}
