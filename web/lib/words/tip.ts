/** The words of a tip. */
export const tip = {
  button: "Tip",
  title: (name: string) => `Tip ${name}`,
  to: "To",
  presets: "Amount",
  own: "Own amount",
  youHave: "You have",
  leftAfter: (left: string) => `${left} left after`,
  short: (short: string) => `${short} short`,
  all: (name: string) => `100 % goes to ${name}`,
  send: (amount: string) => `Send ${amount}`,
  sending: "Sending…",
  sent: (amount: string, name: string) => `${amount} sent to ${name}.`,
  range: (least: string, most: string) => `From ${least} to ${most} tokens.`,
  whole: "Write a whole number of tokens.",
  signIn: (name: string) => `Sign in to tip ${name}`,
} as const;
