import { count } from "@/lib/money";

/** The words of one generation: what it cost, its pictures, and the way into the gallery. */
export const job = {
  inProgress: (cost: string) => `In progress. ${cost} are set aside.`,
  inProgressFree: "In progress.",
  spent: (tokens: string) => `Spent ${tokens}.`,
  free: "Made without tokens.",
  partly: (spent: number, refunded: number, failed: number) =>
    `Spent ${count(spent)}, refunded ${count(refunded)}: ${failed === 1 ? "one picture" : `${count(failed)} pictures`} could not be made.`,
  partlyFree: (failed: number) => `${failed === 1 ? "One picture" : `${count(failed)} pictures`} could not be made.`,
  nothing: (refunded: number) => `Nothing was spent: ${count(refunded)} refunded.`,
  nothingFree: "It could not be made. Nothing was used.",
  soFar: (sentence: string) => `${sentence} So far.`,
  couldNot: "Could not be made",
  beingMade: "Being made",
  publishNow: "Publish",
  publishing: "Publishing…",
  published: "It hangs in the gallery.",
  seePost: "See it in the gallery",
  gone: "These pictures were not published and are gone.",
} as const;
