"use client";

import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { useEffect, useMemo, useRef } from "react";
import { api } from "@/lib/api";
import { useSession } from "./use-session";
import { useWhenMoved } from "./use-wallet";

type Page = Schemas["TransactionsAnswer"];

/** A line of the ledger. */
export type Line = Page["transactions"][number];
export type LineType = Line["type"];

/** Which lines are shown. `from` and `to` are moments (RFC 3339), the first inclusive and the second not. */
export type Wanted = { type?: LineType; from?: string; to?: string };

const PAGE = 20;

/**
 * The ledger, newest first. When the wallet moves, only the newest page is asked for again, and what is new in it is put
 * in front of what is there.
 */
export function useHistory(wanted: Wanted, limit = PAGE) {
  const { person } = useSession();
  const queries = useQueryClient();
  const key = ["history", person?.uid, limit, wanted];

  const found = useInfiniteQuery({
    queryKey: key,
    enabled: person !== undefined,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => ask(wanted, limit, pageParam, signal),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    // What is new comes by the looks below. One of the query's own would ask for every page again.
    staleTime: Number.POSITIVE_INFINITY,
  });

  const isThere = () => queries.getQueryData(key) !== undefined;
  async function look() {
    if (!isThere()) return;
    const newest = await ask(wanted, limit).catch(() => undefined);
    if (!newest) return;
    queries.setQueryData<InfiniteData<Page, string | undefined>>(key, (known) => known && withNewest(known, newest));
  }
  const isOvertaken = useRef(false);
  useWhenMoved(() => {
    // A first page that is on its way may be of before the wallet moved.
    isOvertaken.current = !isThere();
    look();
  });
  // What was shown before may have been overtaken while another page was looked at.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each list
  useEffect(() => void look(), [JSON.stringify(key)]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once the first page is there
  useEffect(() => {
    if (isOvertaken.current) look();
  }, [found.isSuccess]);

  const lines = useMemo(() => found.data?.pages.flatMap((page) => page.transactions) ?? [], [found.data]);
  return { ...found, lines };
}

function ask(wanted: Wanted, limit: number, cursor?: string, signal?: AbortSignal): Promise<Page> {
  const query = { limit, ...wanted, ...(cursor ? { cursor } : {}) };
  return answerOf(api.GET("/api/list-transactions", { params: { query }, ...(signal ? { signal } : {}) }));
}

/** The pages with the lines of a newer first page in front. Lines never change, so what is known stays. */
export function withNewest<P>(known: InfiniteData<Page, P>, newest: Page): InfiniteData<Page, P> {
  const [first, ...others] = known.pages;
  if (!first) return known;
  const ids = new Set(first.transactions.map((line) => line.id));
  const added = newest.transactions.filter((line) => !ids.has(line.id));
  const isGapless = added.length < newest.transactions.length || ids.size === 0;
  // So much is new that there may be more in between: the list begins again.
  if (!isGapless) return { pages: [newest], pageParams: known.pageParams.slice(0, 1) };
  if (ids.size === 0) return { ...known, pages: [newest, ...others] };
  return { ...known, pages: [{ ...first, transactions: [...added, ...first.transactions] }, ...others] };
}
