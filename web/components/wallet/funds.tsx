"use client";

import { TokenAmount } from "@/components/ui/amount";
import type { WalletDocument } from "@/hooks/use-balance";
import { hasExpiringPlan, useCatalog } from "@/hooks/use-catalog";
import { wallet as words } from "@/lib/words/wallet";

const FUNDS = ["bonus", "purchased", "earned"] as const;
type Fund = (typeof FUNDS)[number];

/** Three tints of the one gold. Each stands beside its word and its number, so none has to be told from the others. */
const TINTS: Record<Fund, string> = {
  bonus: "color-mix(in oklch, var(--gold) 42%, var(--sheet))",
  purchased: "var(--gold)",
  earned: "color-mix(in oklch, var(--gold) 50%, var(--ink))",
};

/** What the balance is made of: one bar of three parts, and a sentence for each. */
export function Funds({ funds }: { funds: WalletDocument["funds"] }) {
  const { data: catalog } = useCatalog();
  const filled = FUNDS.filter((fund) => funds[fund] > 0);
  return (
    <>
      <div aria-hidden="true" className="mt-7 flex h-2 gap-0.5 overflow-hidden rounded-full bg-well">
        {filled.map((fund) => (
          <span
            key={fund}
            style={{ flexGrow: funds[fund], background: TINTS[fund] }}
            className="min-w-1.5 transition-[flex-grow] duration-180"
          />
        ))}
      </div>
      <ul aria-label={words.fundsTitle} className="mt-5 grid gap-x-6 gap-y-3.5 sm:grid-cols-3">
        {FUNDS.map((fund) => (
          <li key={fund} className="grid grid-cols-[auto_1fr_auto] content-start gap-x-2.5 sm:grid-cols-[auto_1fr]">
            <span aria-hidden="true" style={{ background: TINTS[fund] }} className="mt-1.5 size-2.5 rounded-full" />
            <p className="text-[0.94rem] font-medium">{words.funds[fund].name}</p>
            <TokenAmount
              value={funds[fund]}
              coin={15}
              className="text-[0.94rem] font-medium sm:col-start-2 sm:row-start-2 sm:mt-0.5"
            />
            <p className="col-start-2 text-[0.82rem] leading-5 text-soft sm:row-start-3 sm:mt-0.5">
              {fund === "purchased" && hasExpiringPlan(catalog) ? words.purchasedExpires : words.funds[fund].about}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
