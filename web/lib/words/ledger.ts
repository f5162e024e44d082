import { count } from "@/lib/money";
import { tokens } from "./tokens";

/** How many pictures a line is about, as a title. */
const pictures = (areas: number) => (areas === 1 ? "Picture" : `${count(areas)} pictures`);
const videos = (areas: number) => (areas === 1 ? "Video" : `${count(areas)} videos`);

const FUNDS: Record<string, string> = { bonus: "bonus tokens", purchased: "bought tokens", earned: "earned tokens" };
const PAID_BY = { trial: "from your trial", plan: "in your plan", pass: "on your pass" } as const;

/** What each kind of ledger line is called: as a line, in the third person of a filter. */
export const ledger = {
  bought: (name: string, price: string) => `Bought ${name}, ${price}`,
  welcome: "Welcome bonus",
  trial: (images: number) => `Welcome: ${tokens.pictures(images)} to try`,
  made: (areas: number, isVideo: boolean) => (isVideo ? videos(areas) : pictures(areas)),
  madeFree: (areas: number, isVideo: boolean, paidBy: keyof typeof PAID_BY) =>
    `${isVideo ? videos(areas) : pictures(areas)}, ${PAID_BY[paidBy]}`,
  refund: (areas: number, isVideo: boolean) =>
    areas === 1
      ? `Refund, one ${isVideo ? "video" : "picture"} failed`
      : `Refund, ${count(areas)} ${isVideo ? "videos" : "pictures"} failed`,
  tipTo: (name: string) => `Tip to ${name}`,
  tipFrom: (name: string) => `Tip from ${name}`,
  support: "From support",
  supportTook: "Corrected by support",
  planTokens: (plan: string) => `Plan tokens, ${plan}`,
  reload: (name: string, price: string) => `Automatic reload, ${name}, ${price}`,
  takenBack: "Taken back: a payment was returned",
  givenBack: "Given back: a payment stands again",
  payout: "Payout",
  payoutReturned: "Payout came back",
  ended: (fund: string) => `Ended: ${FUNDS[fund] ?? "tokens"}`,
  endPutOff: "End put off while your wallet was frozen",
  owed: (owed: string) => `${owed} owed`,
  other: "Something else",
  today: "Today",
  yesterday: "Yesterday",
  somebody: "somebody",
} as const;

/** The kinds of lines, as they are filtered for. */
export const kinds = {
  purchase: "Bought",
  auto_reload: "Automatic reload",
  subscription_grant: "Plan tokens",
  generation_spend: "Pictures",
  refund: "Refunds",
  tip_sent: "Tips sent",
  tip_received: "Tips received",
  signup_bonus: "Welcome",
  admin_credit: "From support",
  clawback: "Taken back",
  reinstatement: "Given back",
  expiry: "Ended",
  payout: "Payouts",
  payout_return: "Payouts that came back",
} as const;
