"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { useRouter, useSearchParams } from "next/navigation";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";
import { Told } from "@/components/ui/told";
import { api } from "@/lib/api";
import { at } from "@/lib/dates";
import { operator as words } from "@/lib/words/operator";
import { site } from "@/lib/words/site";
import { Decide } from "./decide";
import { Facts } from "./facts";

type Kind = keyof typeof words.kinds;
const KINDS = Object.keys(words.kinds) as Kind[];
const PAGE = 20;

/** What waits for a person, oldest first, by kind. The kind stands in the address. */
export function Desk() {
  const asked = useSearchParams().get("kind");
  const kind = KINDS.find((each) => each === asked) ?? "parked";
  const router = useRouter();
  const list = useInfiniteQuery({
    queryKey: ["attention", kind],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/list-attention", {
          params: { query: { kind, limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.nextCursor,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const reasons = list.data?.pages[0]?.rules.reasons ?? [];
  return (
    <>
      <nav aria-label={words.title} className="flex flex-wrap gap-2">
        {KINDS.map((each) => (
          <button
            key={each}
            type="button"
            aria-current={each === kind ? "page" : undefined}
            onClick={() => router.replace(`/operator?kind=${each}`)}
            className="min-h-11 rounded-full border border-line-strong/45 px-4 text-sm aria-[current]:border-ink aria-[current]:bg-ink aria-[current]:text-paper"
          >
            {words.kinds[each]}
          </button>
        ))}
      </nav>
      <div className="mt-6 grid gap-3">
        {list.isPending ? <div aria-busy="true" className="skeleton h-32" /> : null}
        {list.isError ? (
          <Empty
            isProblem
            title={words.failed}
            action={<Button onClick={() => list.refetch()}>{site.tryAgain}</Button>}
          >
            <Told error={list.error} />
          </Empty>
        ) : null}
        {list.isSuccess && items.length === 0 ? <p className="py-10 text-soft">{words.nothing}</p> : null}
        {items.map((item) => (
          <Matter key={item.id} kind={kind} matter={item} reasons={reasons} />
        ))}
        {list.hasNextPage ? (
          <Button kind="outline" disabled={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            {words.more}
          </Button>
        ) : null}
      </div>
    </>
  );
}

type MatterProps = { kind: Kind; matter: Schemas["MatterAnswer"]; reasons: readonly string[] };

function Matter({ kind, matter, reasons }: MatterProps) {
  return (
    <article className="rounded-field border border-line bg-sheet p-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="font-medium break-all">{matter.id}</h2>
        <p className="amount text-sm text-soft">{words.since(at(matter.since))}</p>
      </div>
      <Facts facts={matter.about} />
      <div className="mt-3 flex flex-wrap items-center gap-x-6 gap-y-2">
        {matter.userId ? (
          <Link
            href={`/operator?user=${matter.userId}`}
            className="inline-flex min-h-11 items-center underline underline-offset-4"
          >
            {words.look}
          </Link>
        ) : null}
        <Decide kind={kind} about={matter.about} reasons={reasons} />
      </div>
    </article>
  );
}
