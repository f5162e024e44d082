"use client";

import { TokenAmount } from "@/components/ui/amount";
import { useBalance } from "@/hooks/use-balance";
import { buy } from "@/lib/words/buy";
import { site } from "@/lib/words/site";

/** What whoever buys has now. The shell says its changes aloud, and on a phone it shows it close by. */
export function Balance() {
  const { balance, isStale } = useBalance();
  return (
    <p className="pb-1 max-sm:hidden">
      <span className="block text-sm text-soft">{isStale ? site.reconnecting : buy.balance}</span>
      <span className={`mt-0.5 flex h-10 items-center text-[1.9rem] font-medium ${isStale ? "text-soft" : ""}`}>
        {balance === undefined ? <span className="skeleton h-8 w-24" /> : <TokenAmount value={balance} coin={28} />}
      </span>
    </p>
  );
}
