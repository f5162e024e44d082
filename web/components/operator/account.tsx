"use client";

import { useQuery } from "@tanstack/react-query";
import { answerOf, Refused, type Schemas } from "guilder-client";
import type { ReactNode } from "react";
import { Link } from "@/components/ui/link";
import { Problem } from "@/components/ui/problem";
import { api } from "@/lib/api";
import { at } from "@/lib/dates";
import { count } from "@/lib/money";
import { operator as words } from "@/lib/words/operator";
import { AccountActions } from "./account-actions";
import { Lines } from "./account-lines";
import { Resolve } from "./decide";
import { Done, useDone } from "./done";
import { Facts } from "./facts";

/** One account with its wallet, orders, lines and disputes, and what can be done about it. */
export function Account({ userId }: { userId: string }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["account", userId],
    queryFn: ({ signal }) => answerOf(api.GET("/api/get-account", { params: { query: { userId } }, signal })),
  });
  if (isPending) return <div aria-busy="true" className="skeleton h-96 rounded-panel" />;
  if (error && !data) {
    const isMissing = error instanceof Refused && error.problem.status === 404;
    return <Problem title={isMissing ? words.notFound : words.accountFailed} error={error} again={refetch} />;
  }
  return <Shown account={data} />;
}

function Shown({ account }: { account: Schemas["AccountAnswer"] }) {
  const { rules } = account;
  const { deeds, done } = useDone();
  return (
    <div className="grid gap-8">
      <div className="grid gap-1">
        <p className="font-medium break-all">{account.email ?? words.noSignIn}</p>
        <p className="text-sm break-all text-soft">{account.userId}</p>
        <Link
          href="/operator"
          className="inline-flex min-h-8 items-center justify-self-start text-sm underline decoration-line-strong underline-offset-4 hover:decoration-ink"
        >
          {words.back}
        </Link>
      </div>
      <Done deeds={deeds} />
      <Numbers account={account} />
      <Part title={words.actions}>
        <AccountActions
          userId={account.userId}
          isFrozen={Object.keys(account.frozen).length > 0}
          rules={rules}
          done={done}
        />
      </Part>
      {account.disputes.length > 0 ? (
        <Part title={words.disputes}>
          {account.disputes.map((each) => (
            <Card key={each.id}>
              <Facts facts={each} className="" />
            </Card>
          ))}
        </Part>
      ) : null}
      <Part title={words.orders}>
        {account.orders.map(({ id, ...order }) => (
          <Card key={String(id)}>
            <h3 className="text-sm font-medium break-all">{String(id)}</h3>
            <Facts facts={order} />
            {order.status === "parked" ? <Resolve orderId={String(id)} reasons={rules.reasons} done={done} /> : null}
          </Card>
        ))}
        {account.orders.length === 0 ? <p className="text-sm text-soft">{words.none}</p> : null}
      </Part>
      <Part title={words.lines}>
        <Lines lines={account.lines} />
      </Part>
    </div>
  );
}

/** The wallet as it is written down. A number that is none is a question mark. */
function Numbers({ account: { wallet, frozen } }: { account: Schemas["AccountAnswer"] }) {
  const number = (value: number | null | undefined) => (typeof value === "number" ? count(value) : "?");
  const numbers = [
    [words.balance, wallet.tokenBalance],
    [words.spendable, wallet.spendable],
    [words.debt, wallet.debt],
    [words.bonus, wallet.funds?.bonus],
    [words.purchased, wallet.funds?.purchased],
    [words.earned, wallet.funds?.earned],
  ] as const;
  return (
    <Part title={words.wallet}>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 rounded-field border border-line bg-sheet p-4 sm:grid-cols-3 sm:p-5 lg:grid-cols-6">
        {numbers.map(([name, value]) => (
          <div key={name}>
            <dt className="text-sm text-soft">{name}</dt>
            <dd className="amount text-xl font-medium">{number(value)}</dd>
          </div>
        ))}
        {Object.keys(frozen).length > 0 ? (
          <div className="col-span-full text-sm text-bad">
            <dt className="inline font-medium">{words.frozen}: </dt>
            <dd className="inline">
              {Object.entries(frozen)
                .map(([reason, since]) => (since ? `${reason}, ${words.since(at(since))}` : reason))
                .join("; ")}
            </dd>
          </div>
        ) : null}
      </dl>
    </Part>
  );
}

function Card({ children }: { children: ReactNode }) {
  return <article className="mb-3 rounded-field border border-line bg-sheet p-4 sm:p-5">{children}</article>;
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-3 text-lg font-medium">
        {title}
      </h2>
      {children}
    </section>
  );
}
