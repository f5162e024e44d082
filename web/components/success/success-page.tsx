"use client";

import { Refused } from "guilder-client";
import { useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { WasICharged } from "@/components/explain/was-i-charged";
import { Button, ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Problem } from "@/components/ui/problem";
import { useConfirmation } from "@/hooks/use-confirmation";
import { useSession } from "@/hooks/use-session";
import { idFrom, signInHere } from "@/lib/address";
import { receipt as words } from "@/lib/words/receipt";
import { site } from "@/lib/words/site";
import { Paid } from "./paid";
import { Waiting } from "./waiting";

/** Where Stripe returns to: it says what became of the purchase, however long that takes to be known. */
export function SuccessPage() {
  const sessionId = idFrom(useSearchParams().get("session_id"));
  const { state } = useSession();
  return (
    <div className="mx-auto max-w-md pt-2 lg:pt-8">
      {sessionId === null ? (
        <UnknownPurchase />
      ) : state === "unknown" ? (
        <Waiting />
      ) : state === "out" ? (
        <Empty
          title={words.signInTitle}
          action={<Button onClick={() => location.assign(signInHere())}>{site.signIn}</Button>}
        >
          {words.signIn}
        </Empty>
      ) : (
        <Purchase sessionId={sessionId} />
      )}
    </div>
  );
}

function Purchase({ sessionId }: { sessionId: string }) {
  const { data, error, refetch, isFetching } = useConfirmation(sessionId);
  if (data?.status === "paid" && data.receipt) {
    return <Paid sessionId={sessionId} receipt={data.receipt} tokenBalance={data.tokenBalance} />;
  }
  if (data?.status === "expired") return <NotPurchased sessionId={sessionId} wasPaid={data.receipt !== null} />;
  if (data?.review) return <Review sessionId={sessionId} />;
  if (error instanceof Refused) {
    if (error.problem.type === "not-found") return <UnknownPurchase />;
    return <Problem title={words.failed} error={error} again={refetch} />;
  }
  if (error && !data) return <Failed text={words.unreachable} again={refetch} isBusy={isFetching} />;
  return <Waiting isPending={data?.status === "pending"} />;
}

function UnknownPurchase() {
  return (
    <Empty
      title={words.unknownTitle}
      isProblem
      action={
        <>
          <ButtonLink href="/wallet">{words.toWallet}</ButtonLink>
          <ButtonLink href="/" kind="outline">
            {site.toExplore}
          </ButtonLink>
        </>
      }
    >
      {words.unknown}
    </Empty>
  );
}

type FailedProps = { text: string; again: () => void; isBusy: boolean; children?: ReactNode };

function Failed({ text, again, isBusy, children }: FailedProps) {
  return (
    <Empty
      title={text}
      isProblem
      action={
        <Button kind="outline" disabled={isBusy} onClick={() => again()}>
          {words.lookAgain}
        </Button>
      }
    >
      {children}
    </Empty>
  );
}

function Review({ sessionId }: { sessionId: string }) {
  return (
    <div role="status">
      <Empty
        title={words.reviewTitle}
        action={
          <>
            <ButtonLink href="/wallet">{words.toWallet}</ButtonLink>
            <WasICharged id={sessionId} className="px-3" />
          </>
        }
      >
        {words.review}
      </Empty>
    </div>
  );
}

function NotPurchased({ sessionId, wasPaid }: { sessionId: string; wasPaid: boolean }) {
  return (
    <div role="status">
      <Empty
        title={wasPaid ? words.refundedTitle : words.expiredTitle}
        action={
          <>
            <ButtonLink href="/buy-tokens">{words.buyAgain}</ButtonLink>
            <WasICharged id={sessionId} className="px-3" />
          </>
        }
      >
        {wasPaid ? words.refunded : words.expired}
      </Empty>
    </div>
  );
}
