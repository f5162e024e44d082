"use client";

import { lazy, Suspense } from "react";
import { Button, ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { useSession } from "@/hooks/use-session";
import { signInHere } from "@/lib/address";
import { site } from "@/lib/words/site";
import { wallet as words } from "@/lib/words/wallet";
import { BalanceSkeleton } from "./balance-skeleton";
import { Heading } from "./heading";

// What only its owner sees is loaded for its owner.
const OwnWallet = lazy(() => import("./own-wallet").then((found) => ({ default: found.OwnWallet })));

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
    <Suspense fallback={<WalletSkeleton />}>
      <OwnWallet />
    </Suspense>
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
