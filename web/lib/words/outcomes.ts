/** The sentences of a press whose outcome is not known yet. */
export const outcomes = {
  checking: "We are not sure it went through. Checking…",
  unreachable: "We can’t reach Guilder. Nothing is charged twice: press again when you are back online.",
  pressAgain: "Press again",
  brokeElse: "The connection broke in the middle of something.",
  broke: {
    "/api/generate": "The connection broke when you pressed Generate.",
    "/api/tip": "The connection broke when you sent a tip.",
    "/api/create-checkout": "The connection broke on the way to Stripe.",
    "/api/grant-tokens": "The connection broke when you granted tokens.",
  } as Record<string, string>,
  done: "Done. It was charged once.",
  finish: (price: string) => `Finish · ${price}`,
  finishPlain: "Finish",
  forget: "Forget it",
} as const;
