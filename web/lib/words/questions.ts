/** The questions of everybody who buys, each with its answer. They hold no number: those are the catalogue's. */
export const questions = [
  {
    question: "Why tokens?",
    answer:
      "A picture costs a few cents, too little for a card payment each time. You buy tokens once and spend them one picture at a time, and you see the price before every press.",
  },
  {
    question: "What can I do with them?",
    answer: "Make pictures, and thank artists whose pictures you love with a tip. All of a tip reaches the artist.",
  },
  {
    question: "Do they expire?",
    answer:
      "Tokens that you bought in a package or received as a tip don’t. Tokens of a plan can end with the period they came with; your wallet says which end when, and those are spent first.",
  },
  {
    question: "What if a picture fails?",
    answer: "Its tokens come back at once, by themselves. Your history shows both lines.",
  },
  {
    question: "Is my card stored?",
    answer:
      "We never see your card: you pay on a page of Stripe’s. Stripe keeps it only where you asked for a plan or for automatic reloads.",
  },
  {
    question: "I paid and see nothing: what now?",
    answer:
      "Tokens usually arrive within seconds, also if you closed the page. Some banks take longer; then they appear by themselves. Your wallet shows payments that are on their way. You are never charged twice for one press.",
  },
] as const;

export const questionsTitle = "Questions";
