"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { useRouter, useSearchParams } from "next/navigation";
import type { KeyboardEvent } from "react";
import { Button } from "@/components/ui/button";
import { Link } from "@/components/ui/link";
import { Problem } from "@/components/ui/problem";
import { Tabs } from "@/components/ui/tabs";
import { api } from "@/lib/api";
import { at } from "@/lib/dates";
import { operator as words } from "@/lib/words/operator";
import { Decide } from "./decide";
import { Done, useDone } from "./done";
import { Facts } from "./facts";

type Kind = keyof typeof words.kinds;
const KINDS = Object.keys(words.kinds) as Kind[];
const PAGE = 20;

/** What waits for a person, oldest first, by kind. The kind stands in the address. */
export function Desk() {
  const asked = useSearchParams().get("kind");
  const kind = KINDS.find((each) => each === asked) ?? "parked";
  const router = useRouter();
  const { deeds, done } = useDone();
  return (
    <Tabs<Kind>
      label={words.title}
      tabs={KINDS.map((id) => ({ id, name: words.kinds[id] }))}
      chosen={kind}
      choose={(each) => router.replace(`/operator?kind=${each}`)}
    >
      <div className="mt-6 grid gap-3">
        <Done deeds={deeds} />
        <Matters kind={kind} done={done} />
      </div>
    </Tabs>
  );
}

function Matters({ kind, done }: { kind: Kind; done: (text: string) => void }) {
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
  if (list.isPending) return <div aria-busy="true" className="skeleton h-40 rounded-field" />;
  if (list.isError && !list.data) return <Problem title={words.failed} error={list.error} again={list.refetch} />;
  const items = list.data.pages.flatMap((page) => page.items);
  const reasons = list.data.pages[0]?.rules.reasons ?? [];
  if (items.length === 0) return <p className="py-10 text-center text-soft">{words.nothing[kind]}</p>;
  return (
    <>
      <p className="text-sm text-soft max-lg:hidden">{words.keys}</p>

      <ol aria-label={words.kinds[kind]} onKeyDown={walk} className="grid gap-3">
        {items.map((item) => (
          <Matter key={item.id} kind={kind} matter={item} reasons={reasons} done={done} />
        ))}
      </ol>
      {list.isError ? <Problem error={list.error} again={list.fetchNextPage} /> : null}
      {list.hasNextPage && !list.isError ? (
        <Button kind="outline" disabled={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
          {words.more}
        </Button>
      ) : null}
    </>
  );
}

/** The arrow keys go from one matter to the next, wherever in it the focus is, but in a list of reasons. */
function walk(event: KeyboardEvent<HTMLOListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const target = event.target as HTMLElement;
  if (step === undefined || target instanceof HTMLSelectElement) return;
  const matters = [...event.currentTarget.children] as HTMLElement[];
  const next = matters[matters.findIndex((each) => each.contains(target)) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

type MatterProps = {
  kind: Kind;
  matter: Schemas["MatterAnswer"];
  reasons: readonly string[];
  done: (text: string) => void;
};

function Matter({ kind, matter, reasons, done }: MatterProps) {
  const { order: _order, action: _action, ...facts } = matter.about;
  return (
    <li tabIndex={-1} aria-label={matter.id} className="rounded-field border border-line bg-sheet p-4 sm:p-5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="text-sm font-medium break-all">{matter.id}</h2>
        <p className="amount text-sm text-soft">{words.since(at(matter.since))}</p>
      </div>
      {matter.userId ? (
        <Link
          href={`/operator?user=${matter.userId}`}
          className="inline-flex min-h-8 items-center text-sm underline decoration-line-strong underline-offset-4 hover:decoration-ink"
        >
          {words.look}
        </Link>
      ) : null}
      <Facts facts={facts} />
      <Decide kind={kind} about={matter.about} reasons={reasons} done={done} />
    </li>
  );
}
