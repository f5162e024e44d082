"use client";

import { useQuery } from "@tanstack/react-query";
import { answerOf, Refused, type Schemas } from "guilder-client";
import { TokenAmount } from "@/components/ui/amount";
import { Dialog } from "@/components/ui/dialog";
import { Problem } from "@/components/ui/problem";
import { api } from "@/lib/api";
import { at } from "@/lib/dates";
import { price } from "@/lib/money";
import { explain } from "@/lib/words/explain";
import { kinds } from "@/lib/words/ledger";
import { type Asked, questionOf } from "./asked";
import { verdict } from "./verdict";

export type Explained = Schemas["ExplanationAnswer"];

const OPEN_MS = 4000;

function ask(asked: Asked, signal: AbortSignal): Promise<Explained> {
  const query = questionOf(asked);
  return query === null
    ? Promise.resolve({ found: false })
    : answerOf(api.GET("/api/explain-charge", { params: { query }, signal }));
}

/** The panel: what a press, a job, an order or a line came to. */
export function Panel({ onClose, ...asked }: Asked & { onClose: () => void }) {
  return (
    <Dialog title={explain.ask} onClose={onClose}>
      <Explanation {...asked} />
    </Dialog>
  );
}

/** While it is open it is asked for again. */
function Explanation(asked: Asked) {
  const { data, error, refetch } = useQuery({
    queryKey: ["explain", asked.id ?? asked.press.key],
    staleTime: 0,
    queryFn: ({ signal }) => ask(asked, signal),
    refetchInterval: ({ state }) => (state.data?.found && !state.data.final ? OPEN_MS : false),
  });
  if (error) {
    const isGone = error instanceof Refused && error.problem.type === "not-found";
    return (
      <div className="mt-3">
        {isGone ? <p role="alert">{explain.gone}</p> : <Problem error={error} again={refetch} />}
      </div>
    );
  }
  if (!data) return <Looking />;
  return <Answer explained={data} />;
}

function Looking() {
  return (
    <div className="mt-3" aria-busy="true">
      <p className="text-soft">{explain.looking}</p>
      <span className="skeleton mt-5 block h-24 w-full" />
    </div>
  );
}

function Answer({ explained }: { explained: Explained }) {
  const { found, id = "", kind, charged = 0, returned = 0, final, money, lines = [] } = explained;
  const state = final ? explain.final : kind === "order" ? explain.openOrder : explain.open;
  return (
    <div aria-live="polite">
      <p className="mt-3 text-[1.06rem] leading-6">{verdict(explained)}</p>
      {found ? (
        <>
          <p className="mt-1.5 text-sm text-soft">{state}</p>
          <dl className="mt-5 grid grid-cols-[auto_1fr] gap-y-2.5 border-y border-line py-4 text-sm [&>dd]:justify-self-end [&>dd]:font-medium [&>dt]:text-soft">
            {money && money.paid > 0 ? <Money {...money} /> : null}
            {charged > 0 || kind === "generation" ? (
              <>
                <dt>{explain.charged}</dt>
                <dd>
                  <TokenAmount value={charged} />
                </dd>
                <dt>{explain.returned}</dt>
                <dd>
                  <TokenAmount value={returned} />
                </dd>
              </>
            ) : null}
            {lines.map((line) => (
              <Line key={line.id} {...line} />
            ))}
          </dl>
          <p className="amount mt-4 text-[0.82rem] text-soft">{explain.reference(id.slice(-8))}</p>
        </>
      ) : null}
    </div>
  );
}

function Money({ paid, reversed, currency }: NonNullable<Explained["money"]>) {
  return (
    <>
      <dt>{explain.paidTerm}</dt>
      <dd className="amount">{price(paid, currency)}</dd>
      {reversed > 0 ? (
        <>
          <dt>{explain.wentBack}</dt>
          <dd className="amount">{price(reversed, currency)}</dd>
        </>
      ) : null}
    </>
  );
}

function Line({ type, amount, timestamp }: Schemas["ExplainedLineAnswer"]) {
  return (
    <>
      <dt>
        {kinds[type]}
        <span className="block text-[0.82rem]">{at(timestamp)}</span>
      </dt>
      <dd>
        <TokenAmount value={amount} isChange />
      </dd>
    </>
  );
}
