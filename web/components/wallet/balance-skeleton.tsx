import { site } from "@/lib/words/site";
import { wallet as words } from "@/lib/words/wallet";

/** What the balance stands on. */
export const PANEL =
  "relative isolate overflow-hidden rounded-panel border border-line bg-sheet p-5 shadow-sheet sm:p-7";

/** The panel before the wallet is known. */
export function BalanceSkeleton({ isStale = false }: { isStale?: boolean }) {
  return (
    <section className={PANEL} aria-busy="true">
      <p className="text-sm text-soft">{isStale ? site.reconnecting : words.balance}</p>
      <div className="skeleton mt-2 h-[4.9rem] w-48" />
      <div className="skeleton mt-7 h-2 rounded-full" />
      <div className="mt-5 grid gap-4 sm:grid-cols-3">
        {["bonus", "purchased", "earned"].map((each) => (
          <div key={each} className="skeleton h-14" />
        ))}
      </div>
      <div className="skeleton mt-7 h-16" />
    </section>
  );
}
