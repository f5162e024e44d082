"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { LedgerSkeleton } from "@/components/ledger/line";
import { Button, ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Problem } from "@/components/ui/problem";
import { useCatalog } from "@/hooks/use-catalog";
import { useHistory } from "@/hooks/use-history";
import { tokens } from "@/lib/words/tokens";
import { history as words } from "@/lib/words/wallet";
import { Days } from "./days";
import { Download } from "./download";
import { FilterBar } from "./filter-bar";
import { addressOf, type Filter, filterOf, wantedOf } from "./filters";

/** Every line of the ledger, newest first, by day. Its filters stand in the address, so that Back undoes them. */
export function History() {
  const filter = filterOf(useSearchParams());
  const router = useRouter();
  const wanted = wantedOf(filter);
  const found = useHistory(wanted);
  const { lines, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = found;
  const choose = (next: Filter) => router.push(addressOf(next), { scroll: false });
  return (
    <section aria-labelledby="history" className="mt-6 min-w-0">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <h2 id="history" className="display text-[2.1rem]">
          {words.title}
        </h2>
        <Download wanted={wanted} />
      </div>
      <FilterBar filter={filter} choose={choose} />
      <div className="mt-6" aria-busy={found.isPending}>
        {found.isPending ? (
          <LedgerSkeleton lines={8} />
        ) : found.error && lines.length === 0 ? (
          <Problem title={words.failed} error={found.error} again={found.refetch} />
        ) : lines.length === 0 && !hasNextPage ? (
          <Nothing filter={filter} choose={choose} />
        ) : (
          <>
            <Days lines={lines} />
            {hasNextPage ? (
              <div className="mt-6 grid justify-items-center gap-2">
                {isFetchNextPageError ? (
                  <Problem error={found.error} again={fetchNextPage} />
                ) : (
                  <Button kind="outline" disabled={isFetchingNextPage} onClick={() => fetchNextPage()}>
                    {isFetchingNextPage ? words.loading : words.more}
                  </Button>
                )}
              </div>
            ) : null}
          </>
        )}
      </div>
    </section>
  );
}

function Nothing({ filter, choose }: { filter: Filter; choose: (filter: Filter) => void }) {
  const { data: catalog } = useCatalog();
  if (filter.type || filter.from || filter.to) {
    return (
      <Empty
        title={words.emptyFilter}
        action={
          <Button kind="outline" onClick={() => choose({ type: null, from: null, to: null })}>
            {words.showAll}
          </Button>
        }
      />
    );
  }
  const cost = catalog?.features[0]?.cost;
  return (
    <Empty
      title={words.empty}
      action={
        <ButtonLink href="/image-generator">
          {cost ? words.emptyAction(tokens.amount(cost)) : words.emptyActionPlain}
        </ButtonLink>
      }
    />
  );
}
