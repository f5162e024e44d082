"use client";

import { Plus } from "lucide-react";
import { TokenAmount } from "@/components/ui/amount";
import { Link } from "@/components/ui/link";
import { useBalance } from "@/hooks/use-balance";
import { site } from "@/lib/words/site";

/** The balance at the foot of the sidebar. It is the one place that says changes aloud. */
export function BalanceCard() {
  const { balance, isStale } = useBalance();
  return (
    <div className="rounded-[14px] border border-line bg-sheet p-4 shadow-sheet">
      <p className="text-[0.8rem] text-soft">{isStale ? site.reconnecting : site.balance}</p>
      <p
        data-testid="balance"
        aria-live="polite"
        className={`mt-1 flex h-9 items-center text-2xl font-medium ${isStale ? "text-soft" : ""}`}
      >
        {balance === undefined ? <span className="skeleton h-8 w-20" /> : <TokenAmount value={balance} coin={22} />}
      </p>
      <Link
        href="/buy-tokens"
        className="mt-3 flex h-11 items-center justify-center gap-1.5 rounded-[10px] border border-line-strong/45 text-sm font-medium transition-colors duration-120 hover:bg-well"
      >
        <Plus size={16} strokeWidth={1.75} aria-hidden="true" />
        {site.buy}
      </Link>
    </div>
  );
}

/** The balance on a phone, which leads to where tokens are bought. */
export function BalanceChip() {
  const { balance, isStale } = useBalance();
  return (
    <Link
      href="/buy-tokens"
      data-testid="balance"
      className={`flex min-h-11 min-w-16 items-center justify-center rounded-full border border-line bg-sheet ps-3 pe-3.5 text-sm font-medium ${isStale ? "text-soft" : ""}`}
    >
      <span className="sr-only">{isStale ? site.reconnecting : site.balance} </span>
      <span aria-live="polite">
        {balance === undefined ? <span className="skeleton block h-5 w-8" /> : <TokenAmount value={balance} />}
      </span>
      <span className="sr-only">. {site.buy}</span>
    </Link>
  );
}
