import { count } from "@/lib/money";

/** The words of galleries and of the start page. */
export const gallery = {
  title: "Explore",
  newest: "Newest first",
  label: "Pictures",
  hero: ["Make pictures.", "Thank their makers."],
  heroPromise: "Every token you tip reaches the artist.",
  /** Follows the number of tokens. */
  heroCost: (cost: number) =>
    `A picture costs ${count(cost)} ${cost === 1 ? "token" : "tokens"}, refunded if it fails.`,
  heroFree: "A picture that fails is refunded.",
  heroStart: (tokens: number) => `You start with ${count(tokens)} ${tokens === 1 ? "token" : "tokens"}.`,
  start: "Start for free",
  prices: "See prices",
  untitled: "Untitled",
  pictureBy: (name: string) => `Picture by ${name}`,
  pictures: (several: number) => `${count(several)} pictures`,
  like: (likes: number) => (likes === 1 ? "Like, 1 so far" : `Like, ${count(likes)} so far`),
  verifyToLike: "Verify your e-mail to like pictures.",
  notLiked: "This could not be liked.",
  loadMore: "Load more",
  loading: "Loading…",
  empty: "Nothing here yet.",
  emptyAction: (cost: string) => `Make the first one · ${cost}`,
  emptyActionPlain: "Make the first one",
  ownEmpty: "Your pictures will hang here.",
  ownEmptyAction: (cost: string) => `Make one · ${cost}`,
  ownEmptyActionPlain: "Make one",
  othersEmpty: "No pictures yet.",
  failed: "The pictures could not be loaded.",
} as const;
