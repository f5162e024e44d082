"use client";

import { BalancePanel } from "./balance-panel";
import { Ends } from "./ends";
import { Heading } from "./heading";
import { History } from "./history";
import { Month } from "./month";
import { Unsettled } from "./unsettled";

/** One's own wallet: balance, what was bought and is not settled, this month, what ends, and the history. */
export function OwnWallet() {
  return (
    <div className="mx-auto max-w-6xl">
      <Heading />
      <Unsettled />
      <div className="mt-6 grid items-start gap-6 xl:grid-cols-[1fr_22rem] xl:gap-x-10">
        <BalancePanel />
        <div className="grid items-start gap-6 md:grid-cols-2 xl:sticky xl:top-10 xl:row-span-2 xl:grid-cols-1">
          <Month />
          <Ends />
        </div>
        <History />
      </div>
    </div>
  );
}
