import { count } from "@/lib/money";

/** The words for amounts of tokens. */
export const tokens = {
  /** The unit alone, for those who hear the number before it. */
  unit: (value: number) => (Math.abs(value) === 1 ? "token" : "tokens"),
  amount: (value: number) => `${count(value)} ${Math.abs(value) === 1 ? "token" : "tokens"}`,
  short: (value: number) => `${count(value)} ${value === 1 ? "token" : "tokens"} short`,
  pictures: (value: number) => `${count(value)} ${value === 1 ? "picture" : "pictures"}`,
  days: (value: number) => `${count(value)} ${value === 1 ? "day" : "days"}`,
} as const;
