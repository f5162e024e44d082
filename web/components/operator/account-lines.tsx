import { TokenAmount } from "@/components/ui/amount";
import { at } from "@/lib/dates";
import { kinds } from "@/lib/words/ledger";
import { operator as words } from "@/lib/words/operator";
import { Facts } from "./facts";

/** The newest lines of a ledger, each with what else is written on it. */
export function Lines({ lines }: { lines: readonly Readonly<Record<string, unknown>>[] }) {
  if (lines.length === 0) return <p className="text-sm text-soft">{words.none}</p>;
  return (
    <ol className="divide-y divide-line border-y border-line">
      {lines.map(({ id, type, amount, timestamp, details, ...rest }) => (
        <li key={String(id)} className="py-2">
          <div className="flex items-baseline justify-between gap-4">
            <span className="min-w-0">
              {kinds[type as keyof typeof kinds] ?? String(type)}
              <span className="ms-3 text-sm text-soft">{at(String(timestamp))}</span>
            </span>
            <TokenAmount value={Number(amount)} isChange className="font-medium" />
          </div>
          <details className="text-sm">
            <summary className="inline-flex min-h-8 cursor-pointer items-center text-soft">{words.details}</summary>
            <Facts facts={{ id, ...(details as object), ...rest }} className="mb-2" />
          </details>
        </li>
      ))}
    </ol>
  );
}
