"use client";

import { Button, ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { useSession } from "@/hooks/use-session";
import { signInHere } from "@/lib/address";
import { site } from "@/lib/words/site";
import { wallet as words } from "@/lib/words/wallet";
import { BalancePanel, BalanceSkeleton } from "./balance-panel";
import { Ends } from "./ends";
import { History } from "./history";
import { Month } from "./month";
import { Unsettled } from "./unsettled";

/** What somebody has, where it came from, and every line of it. */
export function WalletPage() {
  const { state } = useSession();
  if (state === "unknown") return <WalletSkeleton />;
  if (state === "out") {
    return (
      <div className="mx-auto max-w-xl">
        <Empty
          title={words.signInTitle}
          action={
            <>
              <Button onClick={() => location.assign(signInHere())}>{site.signIn}</Button>
              <ButtonLink href="/help/tokens" kind="quiet">
                {words.howItWorks}
              </ButtonLink>
            </>
          }
        >
          {words.signIn}
        </Empty>
      </div>
    );
  }
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

function Heading() {
  return (
    <header className="flex flex-wrap items-end justify-between gap-4">
      <h1 className="display text-[2.75rem] sm:text-[3.4rem]">{words.title}</h1>
      <ButtonLink href="/help/tokens" kind="quiet" className="-me-3 min-h-10! text-sm!">
        {words.howItWorks}
      </ButtonLink>
    </header>
  );
}

/** The wallet before it is known whose it is. */
export function WalletSkeleton() {
  return (
    <div className="mx-auto max-w-6xl" aria-busy="true">
      <Heading />
      <div className="mt-6 grid items-start gap-6 xl:grid-cols-[1fr_22rem] xl:gap-x-10">
        <BalanceSkeleton />
        <div className="skeleton h-56 rounded-panel" />
      </div>
    </div>
  );
}
