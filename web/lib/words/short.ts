/** The words of the question that is asked where the tokens do not suffice. */
export const short = {
  youHave: "You have",
  thisNeeds: "this needs",
  owes: (tokens: string) => `You owe ${tokens}`,
  owesWhy: "A payment was taken back. Buying or receiving tokens pays it off first.",
  buy: (name: string, price: string) => `Buy ${name}, ${price}`,
  other: "Other packages",
  plans: "See what is for sale",
} as const;
