/** The words of the user guide. Its numbers come from the catalogue. */
export const guide = {
  title: "Token Economy User Guide",
  lead: "What tokens are, what they buy, and what becomes of them.",
  contents: "On this page",
  what: {
    title: "What tokens are",
    text: "Tokens pay for pictures and for tips. They are whole, there is no half token, and they cannot be exchanged for money. You see the price before every press, and every change of your balance is one line in your history that is never altered.",
  },
  costs: {
    title: "What things cost",
    text: "Each picture has its price. If you name several areas, each of them is a picture.",
    feature: "What",
    cost: "Price",
    free: "Free",
  },
  getting: {
    title: "How you get tokens",
    bonus: (tokens: string) => `You get ${tokens} to start with, once your e-mail address is verified.`,
    bonusEnds: (days: string) => `They end after ${days}.`,
    trial: (pictures: string) => `Your first ${pictures} are free, once your e-mail address is verified.`,
    packages:
      "You buy them in packages, paid on a page of Stripe’s. They arrive within seconds of the payment, also if you close the page.",
    package: "Package",
    amount: "Tokens",
    price: "Price",
    tips: "Tips that others send you are yours to spend.",
  },
  plans: {
    title: "Plans and passes",
    text: "A plan is paid again and again until you end it; you can have one at a time, and switch or end it on a page of Stripe’s. What is paid lasts until its end. A pass is paid once and ends by itself; a second one of the same kind lengthens the first.",
    name: "Name",
    brings: "What it brings",
    used: "When a plan or a pass has made its number of pictures for the day (UTC), your tokens stay where they are unless you choose to use them.",
  },
  reload: {
    title: "Buying by itself",
    text: "You can have a package bought whenever your tokens run low. You choose below how many tokens that is, and how much a month may cost at most. A declined card pauses it, and you can turn it off at any time.",
    range: (least: string, most: string) => `You may choose from ${least} to ${most}.`,
  },
  funds: {
    title: "What your balance is made of",
    text: "Your balance is one number made of three funds. They are spent in this order, and what comes back returns to where it came from.",
    name: "Fund",
    about: "What is in it",
  },
  failing: {
    title: "When a picture fails",
    text: "You are charged when your request is accepted, and never twice for one press. If a picture cannot be made, its tokens come back by themselves, at once. If only some of several fail, only those come back.",
  },
  tips: {
    title: "Tips",
    text: "All of a tip reaches the artist. It is sent with one press and cannot be taken back.",
    range: (least: string, most: string) => `A tip is from ${least} to ${most}.`,
  },
  backwards: {
    title: "When a payment is taken back",
    text: "If a payment is refunded or disputed, its tokens leave your wallet again. If you have spent them, your wallet owes them: you can buy and receive tokens, which pays that off first, and then everything works as before. Artists keep the tips that you sent them.",
  },
  unsure: {
    title: "When the connection breaks",
    text: "Press again: one press is charged once, however often it is sent. Wherever you may wonder, “Was I charged?” looks it up.",
  },
  buy: "Buy tokens",
  make: "Make a picture",
} as const;
