"use client";

import {
  ArrowDownLeft,
  ArrowUpRight,
  CalendarX2,
  Gift,
  HandCoins,
  ImageIcon,
  LifeBuoy,
  type LucideIcon,
  RefreshCw,
  Repeat,
  Undo2,
} from "lucide-react";
import { WasICharged } from "@/components/explain/was-i-charged";
import { TokenAmount } from "@/components/ui/amount";
import type { Line, LineType } from "@/hooks/use-history";
import { day, time } from "@/lib/dates";
import { explainedId, LineTitle, owedAfter } from "./title";

const ICONS: Record<LineType, LucideIcon> = {
  purchase: ArrowDownLeft,
  signup_bonus: Gift,
  generation_spend: ImageIcon,
  refund: Undo2,
  tip_sent: ArrowUpRight,
  tip_received: HandCoins,
  admin_credit: LifeBuoy,
  subscription_grant: Repeat,
  auto_reload: RefreshCw,
  clawback: Undo2,
  reinstatement: ArrowDownLeft,
  payout: ArrowUpRight,
  payout_return: ArrowDownLeft,
  expiry: CalendarX2,
};

/** One line of the ledger: what, when, how much, and the way to ask what became of it. */
export function LedgerLine({ line, withDay = false }: { line: Line; withDay?: boolean }) {
  const Icon = ICONS[line.type] ?? ArrowUpRight;
  const owed = owedAfter(line);
  return (
    <li data-testid="line" className="flex items-center gap-3 py-2.5">
      <span aria-hidden="true" className="grid size-9 shrink-0 place-items-center rounded-full bg-well text-soft">
        <Icon size={17} strokeWidth={1.75} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="text-[0.94rem] leading-5 wrap-anywhere">
          <LineTitle line={line} />
        </p>
        <p className="mt-0.5 text-[0.82rem] leading-5 text-soft">
          <time dateTime={line.timestamp}>
            {withDay ? `${day(line.timestamp)}, ${time(line.timestamp)}` : time(line.timestamp)}
          </time>
          {owed ? <span> · {owed}</span> : null}
        </p>
      </div>
      <TokenAmount value={line.amount} isChange className="shrink-0 text-[0.94rem] font-medium" />
      <WasICharged id={explainedId(line)} isIcon about={<LineTitle line={line} />} />
    </li>
  );
}

/** The geometry of lines before they are there. */
export function LedgerSkeleton({ lines }: { lines: number }) {
  return (
    <ul aria-hidden="true" className="divide-y divide-line">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <li key={index} className="flex h-[4.1rem] items-center gap-3">
          <span className="skeleton size-9 rounded-full" />
          <span className="grid flex-1 gap-2">
            <span className="skeleton h-3.5 w-44 max-w-full" />
            <span className="skeleton h-3 w-20" />
          </span>
          <span className="skeleton h-4 w-12" />
        </li>
      ))}
    </ul>
  );
}
