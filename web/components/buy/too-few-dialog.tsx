"use client";
/** A stand-in until the money pages are merged. */
export function TooFewDialog(_: { have: number; needed: number; short: number; onClose: () => void; kept?: string }) {
  return null;
}
