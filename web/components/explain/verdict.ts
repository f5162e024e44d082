import type { Schemas } from "guilder-client";
import { price } from "@/lib/money";
import { explain } from "@/lib/words/explain";
import { tokens } from "@/lib/words/tokens";

type Explained = Schemas["ExplanationAnswer"];

/** The answer to "Was I charged?" in one sentence. */
export function verdict(explained: Explained): string {
  if (!explained.found) return explain.nothing;
  if (explained.money) return ofOrder(explained, explained.money);
  const { charged = 0, returned = 0, lines = [] } = explained;
  if (charged === 0) return lines.some((line) => line.amount > 0) ? explain.came : explain.noTokens;
  if (returned === charged) return explain.noAllBack(tokens.amount(charged), charged);
  if (returned > 0) return explain.yesPartly(tokens.amount(charged), tokens.amount(returned));
  return explain.yes(tokens.amount(charged), charged);
}

function ofOrder({ status }: Explained, { paid, reversed, currency }: NonNullable<Explained["money"]>): string {
  if (paid === 0) return explain.notPaid;
  if (status === "parked") return explain.review(price(paid, currency));
  if (reversed >= paid) return explain.paidAllBack(price(paid, currency));
  if (reversed > 0) return explain.paidPartly(price(paid, currency), price(reversed, currency));
  return explain.paid(price(paid, currency));
}
