/** A price in words. `amount` is in minor units, of which each currency has its own number: cents, yen, fils. */
export function price(amount: number, currency: string): string {
  const form = new Intl.NumberFormat(undefined, { style: "currency", currency });
  return form.format(amount / 10 ** (form.resolvedOptions().maximumFractionDigits ?? 2));
}

/** A whole number in words. */
export function count(value: number): string {
  return new Intl.NumberFormat().format(value);
}

/** A change in words: the sign always stands there. */
export function change(value: number): string {
  const size = count(Math.abs(value));
  if (value === 0) return size;
  return value < 0 ? `−${size}` : `+${size}`;
}

/** Minor units as the plain number that a field holds: 250 as "2.50". */
export function plainAmount(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  return (amount / 10 ** digits).toFixed(digits);
}

/** What a field holds in minor units, or undefined where it is no amount of the currency. */
export function minorUnits(text: string, currency: string): number | undefined {
  const digits = digitsOf(currency);
  const [, whole, , part = ""] = /^(\d{1,9})([.,](\d*))?$/.exec(text) ?? [];
  if (whole === undefined || part.length > digits) return undefined;
  return Number(whole + part.padEnd(digits, "0"));
}

function digitsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
