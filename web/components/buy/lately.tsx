"use client";

import { LedgerLine, LedgerSkeleton } from "@/components/ledger/line";
import { Link } from "@/components/ui/link";
import { Problem } from "@/components/ui/problem";
import { useHistory } from "@/hooks/use-history";
import { buy } from "@/lib/words/buy";
import { history } from "@/lib/words/wallet";

const SHOWN = 5;

/** The last lines of the ledger, so that it is seen where tokens come and go. */
export function Lately() {
  const { lines, isPending, error, refetch } = useHistory({}, SHOWN);
  return (
    <section aria-labelledby="lately">
      <div className="flex items-baseline justify-between gap-4">
        <h2 id="lately" className="display text-[1.75rem]">
          {buy.lately}
        </h2>
        <Link
          href="/wallet"
          className="flex min-h-8 items-center text-sm underline decoration-line-strong underline-offset-4 hover:decoration-ink"
        >
          {buy.allLines}
        </Link>
      </div>
      <div className="mt-3">
        {isPending ? (
          <LedgerSkeleton lines={SHOWN} />
        ) : error && lines.length === 0 ? (
          <Problem error={error} again={refetch} />
        ) : lines.length === 0 ? (
          <p className="py-3 text-soft">{history.empty}</p>
        ) : (
          <ul className="divide-y divide-line">
            {lines.slice(0, SHOWN).map((line) => (
              <LedgerLine key={line.id} line={line} withDay />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
