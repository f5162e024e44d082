"use client";

import { useQuery } from "@tanstack/react-query";
import { answerOf, Refused, type Schemas } from "guilder-client";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";
import { Told } from "@/components/ui/told";
import { api } from "@/lib/api";
import { at } from "@/lib/dates";
import { count } from "@/lib/money";
import { operator as words } from "@/lib/words/operator";
import { site } from "@/lib/words/site";
import { AccountActions } from "./account-actions";
import { Resolve } from "./decide";
import { Facts } from "./facts";

/** One account with its wallet, orders, lines and disputes, and what can be done about it. */
export function Account({ userId }: { userId: string }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["account", userId],
    queryFn: ({ signal }) => answerOf(api.GET("/api/get-account", { params: { query: { userId } }, signal })),
  });
  if (isPending) return <div aria-busy="true" className="skeleton h-96 rounded-panel" />;
  if (error) {
    const isMissing = error instanceof Refused && error.problem.status === 404;
    return (
      <Empty
        isProblem
        title={isMissing ? words.notFound : words.failed}
        action={<Button onClick={() => refetch()}>{site.tryAgain}</Button>}
      >
        <Told error={error} />
      </Empty>
    );
  }
  return <Shown account={data} />;
}

function Shown({ account }: { account: Schemas["AccountAnswer"] }) {
  const { wallet, rules } = account;
  const number = (value: number | null | undefined) => (typeof value === "number" ? count(value) : "?");
  return (
    <div className="grid gap-8">
      <p className="break-all text-soft">
        {account.email ?? ""} · {account.userId} ·{" "}
        <Link href="/operator" className="underline underline-offset-4">
          {words.back}
        </Link>
      </p>
      <Part title={words.wallet}>
        <Facts
          facts={{
            [words.balance]: number(wallet.tokenBalance),
            [words.spendable]: number(wallet.spendable),
            [words.debt]: number(wallet.debt),
            [words.bonus]: number(wallet.funds?.bonus),
            [words.purchased]: number(wallet.funds?.purchased),
            [words.earned]: number(wallet.funds?.earned),
            [words.frozen]: Object.entries(account.frozen)
              .map(([reason, since]) => (since ? `${reason}, ${words.since(at(since))}` : reason))
              .join("; "),
          }}
        />
      </Part>
      <Part title={words.actions}>
        <AccountActions userId={account.userId} isFrozen={Object.keys(account.frozen).length > 0} rules={rules} />
      </Part>
      <Part title={words.disputes}>
        {account.disputes.map((each) => (
          <Facts key={each.id} facts={each} />
        ))}
        {account.disputes.length === 0 ? <p className="text-sm text-soft">{words.none}</p> : null}
      </Part>
      <Part title={words.orders}>
        {account.orders.map((each) => (
          <article key={String(each.id)} className="mb-3 rounded-field border border-line bg-sheet p-4">
            <Facts facts={each} />
            {each.status === "parked" ? (
              <div className="mt-3">
                <Resolve orderId={String(each.id)} reasons={rules.reasons} />
              </div>
            ) : null}
          </article>
        ))}
        {account.orders.length === 0 ? <p className="text-sm text-soft">{words.none}</p> : null}
      </Part>
      <Part title={words.lines}>
        {account.lines.map((each) => (
          <article key={String(each.id)} className="border-b border-line py-2">
            <Facts facts={each} />
          </article>
        ))}
        {account.lines.length === 0 ? <p className="text-sm text-soft">{words.none}</p> : null}
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-2 text-lg font-medium">
        {title}
      </h2>
      {children}
    </section>
  );
}
