import { count } from "@/lib/money";

const INTERVALS = { week: "a week", month: "a month", year: "a year" } as const;
const EVERY = { week: "every week", month: "every month", year: "every year" } as const;

type Interval = keyof typeof INTERVALS;

/** The words of the page on which tokens, plans and passes are bought. */
export const buy = {
  title: "Fuel Your Creativity",
  lead: "Tokens make pictures and thank artists. What you buy doesn’t expire, and a picture that fails is refunded at once.",
  leadPlans: "Choose what suits you. A picture that fails costs nothing.",
  tabs: { packages: "Token packs", plans: "Plans and passes" },
  kinds: "What to buy",
  balance: "You have",
  bestValue: "Best Value",
  enough: "Covers it",
  buyNow: "Buy Now",
  opening: "Opening Stripe…",
  frozen: "Your wallet is frozen, so nothing can be bought at the moment.",
  failed: "The prices could not be loaded.",
  nothing: "Nothing is for sale here.",
  bonus: (percent: number) => `+${count(percent)} % tokens`,
  pricePerPicture: (price: string) => `${price} a picture`,
  promises: [
    "Paid securely with Stripe; we never see your card",
    "Failed pictures are refunded at once",
    "100 % of every tip reaches the artist",
  ],
  lately: "Lately in your wallet",
  allLines: "All of it",
} as const;

/** The words of plans and passes. */
export const plans = {
  lead: (hasPlans: boolean, hasPasses: boolean) =>
    [hasPlans && "A plan comes again until you end it.", hasPasses && "A pass is paid once and ends by itself."]
      .filter((sentence) => sentence !== false)
      .join(" "),
  subscribe: "Subscribe",
  buyPass: "Buy pass",
  extend: "Make it longer",
  switchTo: "Switch",
  manage: "Manage",
  manageLong: "Manage on Stripe",
  payNow: "Pay now",
  yours: "Your plan",
  yourPass: "Runs",
  pastDue: "Payment due",
  interval: (interval: Interval) => INTERVALS[interval],
  once: "once",
  tokens: (tokens: string, interval: Interval) => `${tokens} ${EVERY[interval]}`,
  tokensOnce: (tokens: string) => `${tokens} at once`,
  tokensEnd: "What is left of them ends with each period",
  worth: (pictures: string) => `Enough for ${pictures}`,
  perDay: (pictures: string) => `Up to ${pictures} a day, without tokens`,
  perDayShort: (pictures: string) => `up to ${pictures} a day`,
  features: (names: string) => `For ${names}`,
  days: (days: number) =>
    days === 1 ? "Lasts a day, then ends by itself" : `Lasts ${count(days)} days, then ends by itself`,
  access: "Opens everything that is made here",
  perProperty: "For one property",
  endAnyTime: "End it whenever you like",
  until: (date: string) => `Paid until ${date}`,
  ends: (date: string) => `Ends on ${date}`,
  property: "Property",
  propertyHint: "Letters, digits and hyphens, such as 12-main",
  propertyMissing: "Name the property that this pass is for.",
  propertyWrong: "Use letters, digits and hyphens only, at most 64 of them.",
} as const;
