/** The words of the two pages to which Stripe returns. */
export const receipt = {
  confirming: "Confirming your purchase…",
  bank: "Your bank is still confirming. Tokens appear by themselves; you may leave this page.",
  successful: "Purchase Successful!",
  inWallet: "Your tokens are in your wallet.",
  planBegun: (plan: string) => `Your plan ${plan} has begun.`,
  planTokens: "Its tokens come with each payment.",
  passRuns: (date: string) => `Your pass runs until ${date}.`,
  passPlain: "Your pass is yours to use.",
  paidBackTitle: "Payment returned",
  paidBack: "The money of this purchase went back, and its tokens left your wallet.",
  partlyBack: "A part of the money went back, and with it a part of the tokens.",
  title: "Receipt",
  package: "Package",
  plan: "Plan",
  pass: "Pass",
  property: "Property",
  until: "Until",
  eachTime: "Tokens each time",
  paid: "Paid",
  wentBack: "Went back",
  takenBack: "Tokens taken back",
  date: "Date",
  reference: "Reference",
  newBalance: "New balance",
  start: "Start Creating",
  toWallet: "Open your wallet",
  reviewTitle: "Somebody is looking at it",
  review:
    "What was paid is not quite what was offered, so a person looks at this purchase. Nothing is lost: you will have your tokens or your money back, and this page tells you which.",
  expiredTitle: "Not purchased",
  expired: "The payment did not go through. Nothing was charged.",
  refundedTitle: "Payment returned",
  refunded: "This purchase was not completed, and its money went back to you.",
  unknownTitle: "We know of no such purchase in this account.",
  unknown: "Did you pay from another one?",
  signInTitle: "Sign in to see your purchase",
  signIn: "Whatever you paid for arrives in your account in any case.",
  unreachable: "We can’t reach Guilder. What you paid for arrives by itself, and nothing is charged twice.",
  lookAgain: "Look again",
  buyAgain: "Try Again",
} as const;

/** The words after a card was saved for automatic reloads. */
export const card = {
  waiting: "Looking for your card…",
  title: "Card saved",
  saved: (brand: string, last4: string) => `${brand}, ending in ${last4}. Nothing was charged.`,
  on: (pack: string, threshold: string, cap: string) =>
    `${pack} is bought when you have fewer than ${threshold}, for at most ${cap} a month.`,
  off: "Automatic reload is off.",
  noneTitle: "No card is saved",
  none: "Nothing was charged. If you saved one just now, it appears here by itself.",
  settings: "Automatic reload",
} as const;

export const canceled = {
  title: "Purchase Canceled",
  nothing: "Nothing was charged.",
  tryAgain: "Try Again",
  toCreate: "Back to Create",
  questions: "Questions",
} as const;
