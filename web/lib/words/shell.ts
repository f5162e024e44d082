/** The words of the bars above every page. */
export const bars = {
  verify: (email: string) => `Verify your e-mail: we sent a link to ${email}.`,
  sendAgain: "Send it again",
  sendAgainIn: (seconds: number) => `Send it again in ${seconds} s`,
  sent: "The link is on its way.",
  notSent: "The mail could not be sent. Try again in a minute.",
  localMail: "Read the local mail",
  frozen: "Your wallet is frozen while something is looked into. What is owed to you still arrives.",
  owes: (tokens: string) =>
    `You owe ${tokens}: a payment was taken back. Buying or receiving tokens pays it off first.`,
} as const;
