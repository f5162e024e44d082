/** The words of the wallet. */
export const wallet = {
  title: "Wallet",
  howItWorks: "How tokens work",
  balance: "Your balance",
  funds: {
    bonus: { name: "Bonus", about: "Given to you. Spent first." },
    purchased: { name: "Purchased", about: "Bought by you. Doesn’t expire." },
    earned: { name: "Earned", about: "Tips from others. Spent last." },
  },
  purchasedExpires: "Bought by you. Tokens of a plan end with it.",
  fundsTitle: "What it is made of",
  totals: { bought: "Bought so far", spent: "Spent on pictures", earned: "Earned in tips" },
  ends: "What ends when",
  toPlans: "Plans and passes",
  tokensEnd: (tokens: string, value: number, date: string) =>
    value === 1 ? `${tokens} ends on ${date}` : `${tokens} end on ${date}`,
  planUntil: (plan: string, date: string) => `${plan}: paid until ${date}`,
  passUntil: (pass: string, date: string) => `${pass}: ends on ${date}`,
  passOf: (pass: string, property: string) => `${pass} for ${property}`,
  trialLeft: (pictures: string) => `${pictures} left to try`,
  planDue: (plan: string) => `${plan}: a payment is due.`,
  month: "This month",
  monthBars: { bought: "Bought", earned: "Earned", spent: "Spent" },
  monthCaption: "Tokens this month",
  review: (price: string) =>
    `A purchase of ${price} is being looked at by a person. Nothing is lost: you will have your tokens or your money back.`,
  pending: (price: string) =>
    `A payment of ${price} is still being confirmed by your bank. Its tokens appear by themselves.`,
  signInTitle: "Sign in to see your wallet",
  signIn: "Your balance, where it came from, and every line of it.",
} as const;

/** The words of the history. */
export const history = {
  title: "History",
  all: "Everything",
  kind: "Kind",
  time: "Time",
  anyTime: "Any time",
  thisMonth: "This month",
  lastMonth: "Last month",
  thisYear: "This year",
  ownDates: "Dates",
  from: "From",
  to: "Until",
  show: "Show",
  wrongDates: "The first day has to come before the last.",
  csv: "Download CSV",
  csvHint: "Every line of the time that is chosen, for a spreadsheet",
  more: "Load more",
  loading: "Loading…",
  empty: "Nothing has moved yet.",
  emptyAction: (cost: string) => `Make a picture · ${cost}`,
  emptyActionPlain: "Make a picture",
  emptyFilter: "No lines of this kind in this time.",
  showAll: "Show everything",
  failed: "The history could not be loaded.",
} as const;
