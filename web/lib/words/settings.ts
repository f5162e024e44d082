import { count } from "@/lib/money";

/** What people call the brands that Stripe writes in small letters. */
const BRANDS: Record<string, string> = {
  amex: "American Express",
  diners: "Diners Club",
  discover: "Discover",
  jcb: "JCB",
  mastercard: "Mastercard",
  unionpay: "UnionPay",
  visa: "Visa",
};

/** The words of the settings. */
export const settings = {
  title: "Settings",
  signedOut: "Sign in to change your settings.",
  failed: "Your settings could not be loaded.",
  profile: "Profile",
  profileLong: "Your name, your photo and what you say about yourself.",
  toProfile: "Open your page",
  appearance: "Appearance",
  system: "System",
  light: "Light",
  dark: "Dark",
  plan: "Plan",
  noPlan: "You have no plan.",
  seePlans: "See plans",
  manage: "Manage",
  opening: "Opening Stripe…",
  manageLong: "Invoices, card, switching and canceling are on Stripe’s page.",
  status: {
    active: (day: string) => `Renews on ${day}.`,
    past_due: "The last payment failed. Pay it to keep the plan.",
    cancelled: (day: string) => `Ended on ${day}.`,
    inactive: "It has not begun: its first payment is not complete.",
  },
  ends: (day: string) => `Ends on ${day}, and does not renew.`,
  pay: "Pay now",
  passUntil: (day: string) => `Until ${day}`,
  today: (used: number, perDay: number) => `${count(used)} of ${count(perDay)} pictures today`,
  passes: "Passes",
  reload: "Automatic reload",
  reloadLong: "Buys a package by itself when your tokens run low.",
  card: (brand: string, last4: string) => `${BRANDS[brand] ?? brand} ending in ${last4}`,
  noCard: "No card is saved yet. Turning it on leads to Stripe, where you save one.",
  threshold: "When fewer tokens are left than",
  thresholdRange: (least: string, most: string) => `From ${least} to ${most}.`,
  package: "Buy",
  cap: "At most in a month",
  capHint: (currency: string, price: string) => `In ${currency}; at least the price of the package, ${price}.`,
  capProblem: "Write an amount of at least the price of the package.",
  spent: (spent: string, cap: string) => `${spent} of ${cap} used this month`,
  turnOn: "Turn on",
  turnOff: "Turn off",
  save: "Save",
  saving: "Saving…",
  isOn: "It is on",
  isPaused: "It is paused",
  isOff: "It is off",
  saved: "Automatic reload is saved.",
  cardSaved: "Card saved. Automatic reload is on.",
  turnedOff: "Automatic reload is off.",
  cardNotSaved: "No card was saved, so nothing has changed.",
  inFlight: "A charge is under way. Its tokens come by themselves.",
  inFlightOff: "One charge was already claimed; its tokens still come. Nothing follows it.",
  lastFailed: "The last charge did not go through.",
  paused: {
    declined: "Nothing is bought until you turn it on again.",
    authentication: "Your bank wants you to confirm the payment. Nothing is bought until you do.",
    disputed: "A payment was disputed. Nothing is bought until you turn it on again.",
  },
  pausedWithoutPage: "Your bank wanted you to confirm a payment. Nothing is bought until you turn it on again.",
  confirm: "Confirm the payment",
} as const;

/** Why a charge failed, by Stripe's word for it or ours. */
const FAILURES: Record<string, string> = {
  authentication_required: "Your bank wants you to confirm the payment.",
  expired_card: "Your card has expired.",
  insufficient_funds: "There was not enough money on your card.",
  lost_card: "Your card was reported lost.",
  stolen_card: "Your card was reported stolen.",
  processing_error: "The bank could not process it.",
  unresolved: "Your bank never said what became of it. Nothing was charged.",
};

export function failureWords(failure: string): string {
  return FAILURES[failure] ?? "Your card was declined.";
}
