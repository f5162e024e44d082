/**
 * Rows of one height without JavaScript: every box grows by its ratio, and what follows the last takes what is left, so
 * that the last row does not stretch.
 */
export const ROWS =
  "flex flex-wrap gap-x-3 gap-y-6 [--row:10.5rem] sm:[--row:15rem] lg:[--row:17.5rem] after:grow-[9999] after:content-['']";

const NARROWEST = 0.56;
const WIDEST = 2.2;
/** How far a picture may grow beyond its row, so that a last picture alone does not fill it. */
const GROWTH = 1.7;

/** A ratio within what a row bears, as a value of CSS. */
export const held = (ratio: number | string) => `clamp(${NARROWEST}, ${ratio}, ${WIDEST})`;

/** How a box of a ratio stands in a row of the gallery. */
export function inRow(ratio: number | string) {
  const width = `var(--row) * ${held(ratio)}`;
  return { flex: `${held(ratio)} 1 calc(${width})`, maxWidth: `calc(${width} * ${GROWTH})` };
}
