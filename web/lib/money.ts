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
