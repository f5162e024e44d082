/** The words of the question that is asked where the tokens do not suffice. */
export const short = {
  /** What the dialog says is not lost. */
  kept: {
    prompt: "Your prompt is kept.",
    tip: "Your tip is kept.",
  },
  owes: (tokens: string) => `You owe ${tokens}`,
  owesPlain: "You owe tokens",
  owesWhy: "A payment was taken back. Buying or receiving tokens pays it off first.",
  other: "Other packages",
  plans: "See what is for sale",
} as const;

export type Kept = keyof typeof short.kept;
