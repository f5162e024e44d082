const AT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** A moment of the API (RFC 3339) in words. */
export const at = (moment: string): string => AT.format(new Date(moment));

/** The day of a moment in words. */
export const day = (moment: string): string => DAY.format(new Date(moment));

/** The time of a moment in words. */
export const time = (moment: string): string => TIME.format(new Date(moment));

/**
 * The last day on which what ends at a moment is still there.
 *
 * Tokens end at a UTC midnight, so the day before is the last one, wherever the reader is.
 */
export function lastDay(moment: string): string {
  const last = new Date(new Date(moment).getTime() - 1);
  return new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" }).format(last);
}
