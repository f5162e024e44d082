/**
 * Rows of one height without JavaScript: every box grows by its ratio, and what follows the last takes what is left, so
 * that the last row does not stretch.
 */
export const ROWS =
  "flex flex-wrap gap-x-3 gap-y-6 [--row:10.5rem] sm:[--row:15rem] lg:[--row:17.5rem] after:grow-[9999] after:content-['']";
