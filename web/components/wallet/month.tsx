"use client";

import { useMemo } from "react";
import { TokenAmount } from "@/components/ui/amount";
import { Problem } from "@/components/ui/problem";
import { useStats } from "@/hooks/use-stats";
import { monthStart } from "@/lib/dates";
import { wallet as words } from "@/lib/words/wallet";

const ROWS = ["bought", "earned", "spent"] as const;
/** The bars are drawn in hundredths of the longest one. */
const LONGEST = 100;

/** What was bought, earned and spent this month: a table whose rows are drawn as bars as well. */
export function Month() {
  const from = useMemo(() => monthStart(new Date()).toISOString(), []);
  const { data, error, refetch } = useStats(from);
  const most = data ? Math.max(1, ...ROWS.map((row) => data[row])) : 1;
  return (
    <section aria-labelledby="month" className="rounded-panel border border-line bg-sheet p-5 shadow-sheet sm:p-6">
      <h2 id="month" className="display text-[1.6rem]">
        {words.month}
      </h2>
      {error && !data ? (
        <div className="mt-3">
          <Problem error={error} again={refetch} />
        </div>
      ) : (
        <table className="mt-4 w-full text-[0.94rem]">
          <caption className="sr-only">{words.monthCaption}</caption>
          <tbody>
            {ROWS.map((row) => (
              <tr key={row}>
                <th scope="row" className="w-px py-1.5 pe-4 text-start font-normal text-soft">
                  {words.monthBars[row]}
                </th>
                <td className="py-1.5" aria-hidden="true">
                  {data ? <Bar share={data[row] / most} isSpent={row === "spent"} /> : null}
                </td>
                <td className="w-px py-1.5 ps-4 text-end font-medium">
                  {data ? <TokenAmount value={data[row]} coin={14} /> : <span className="skeleton block h-5 w-10" />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** A bar in the gold of what comes in, or in the ink of what goes out. */
function Bar({ share, isSpent }: { share: number; isSpent: boolean }) {
  return (
    <svg
      viewBox={`0 0 ${LONGEST} 10`}
      preserveAspectRatio="none"
      className="block h-2.5 w-full rounded-full"
      aria-hidden="true"
    >
      <rect width={LONGEST} height="10" fill="var(--well)" />
      <rect
        width={share * LONGEST}
        height="10"
        fill={isSpent ? "var(--soft)" : "var(--gold)"}
        className="transition-[width] duration-180"
      />
    </svg>
  );
}
