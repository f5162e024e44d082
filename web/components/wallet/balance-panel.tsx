"use client";

import { Coin } from "@/components/ui/amount";
import { ButtonLink } from "@/components/ui/button";
import { Rosette } from "@/components/ui/rosette";
import { useBalance } from "@/hooks/use-balance";
import { count } from "@/lib/money";
import { engravingOf } from "@/lib/rosette";
import { site } from "@/lib/words/site";
import { tokens } from "@/lib/words/tokens";
import { wallet as words } from "@/lib/words/wallet";
import { BalanceSkeleton, PANEL } from "./balance-skeleton";
import { Funds } from "./funds";

const ENGRAVING = engravingOf(1);

/** The balance as a denomination, what it is made of, and what came and went in all. */
export function BalancePanel() {
  const { wallet, balance, isStale } = useBalance();
  if (!wallet || balance === undefined) return <BalanceSkeleton isStale={isStale} />;
  return (
    <section aria-labelledby="wallet-balance" className={PANEL}>
      <Rosette
        engraving={ENGRAVING}
        className="absolute -end-72 -top-72 -z-10 size-[34rem] text-gold opacity-45 [mask-image:linear-gradient(115deg,transparent_20%,black_80%)] dark:opacity-25"
      />
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <div>
          <h2 id="wallet-balance" className="text-sm text-soft">
            {isStale ? site.reconnecting : words.balance}
          </h2>
          <p data-testid="wallet-balance" className={`mt-2 flex items-center gap-3.5 ${isStale ? "text-soft" : ""}`}>
            <Coin size={44} />
            <span
              key={balance}
              className="display ticks amount text-[clamp(3.6rem,17vw,5.4rem)] leading-[0.9] tracking-[-.035em]"
            >
              {count(balance)}
            </span>
            <span className="sr-only">{tokens.unit(balance)}</span>
          </p>
        </div>
        <ButtonLink href="/buy-tokens" kind="gold" className="max-sm:w-full">
          {site.buy}
        </ButtonLink>
      </div>
      <Funds funds={wallet.funds} />
      <dl className="mt-7 grid grid-cols-3 gap-4 border-t border-line pt-5">
        <Total name={words.totals.bought} value={wallet.totalTokensPurchased} />
        <Total name={words.totals.earned} value={wallet.totalTokensEarned} />
        <Total name={words.totals.spent} value={wallet.totalTokensSpent} />
      </dl>
    </section>
  );
}

function Total({ name, value }: { name: string; value: number }) {
  return (
    <div className="flex flex-col-reverse justify-end">
      <dt className="text-[0.82rem] leading-4.5 text-soft">{name}</dt>
      <dd className="amount text-lg font-medium">
        {count(value)}
        <span className="sr-only"> {tokens.unit(value)}</span>
      </dd>
    </div>
  );
}
