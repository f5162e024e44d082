"use client";

import { useEffect, useRef } from "react";
import { WasICharged } from "@/components/explain/was-i-charged";
import { ButtonLink } from "@/components/ui/button";
import { useBalance } from "@/hooks/use-balance";
import { useCatalog } from "@/hooks/use-catalog";
import type { Receipt } from "@/hooks/use-confirmation";
import { day } from "@/lib/dates";
import { receipt as words } from "@/lib/words/receipt";
import { celebrate } from "./confetti";
import { ReceiptNote } from "./receipt-note";

type PaidProps = { sessionId: string; receipt: Receipt; tokenBalance: number };

/** A purchase that went through, with its receipt; or one whose money went back afterwards. */
export function Paid({ sessionId, receipt, tokenBalance }: PaidProps) {
  const { data: catalog } = useCatalog();
  const { balance } = useBalance();
  const heading = useRef<HTMLHeadingElement>(null);
  const isBack = receipt.reversed >= receipt.amount && receipt.amount > 0;
  const isWhole = receipt.reversed === 0;

  useEffect(() => {
    heading.current?.focus();
    if (isWhole) celebrate(sessionId);
  }, [sessionId, isWhole]);

  const sold = receipt.kind === "package" ? catalog?.packages : catalog?.plans;
  const id = receipt.package ?? receipt.plan;
  const position = sold?.findIndex((each) => each.id === id) ?? -1;
  const name = sold?.[position]?.name ?? id ?? "";
  return (
    <>
      <div className="text-center" role="status">
        <h1 ref={heading} tabIndex={-1} className="display text-[2.6rem] outline-none sm:text-5xl">
          {isBack ? words.paidBackTitle : words.successful}
        </h1>
        <p className="mt-2 text-balance text-soft">
          {isBack ? words.paidBack : isWhole ? whatFor(receipt, name) : words.partlyBack}
        </p>
      </div>
      <ReceiptNote
        sessionId={sessionId}
        receipt={receipt}
        name={name}
        position={Math.max(0, position) + (receipt.kind === "package" ? 0 : (catalog?.packages.length ?? 0))}
        balance={balance ?? tokenBalance}
      />
      {isBack ? (
        <ButtonLink href="/wallet" className="mt-6 w-full">
          {words.toWallet}
        </ButtonLink>
      ) : (
        <ButtonLink href="/image-generator" className="mt-6 w-full">
          {words.start}
        </ButtonLink>
      )}
      <div className="mt-3 text-center text-sm text-soft">
        <WasICharged id={sessionId} />
      </div>
    </>
  );
}

function whatFor({ kind, until, tokens }: Receipt, name: string): string {
  switch (kind) {
    case "package":
      return words.inWallet;
    case "pass":
      return until ? words.passRuns(day(until)) : words.passPlain;
    case "subscription":
      return tokens > 0 ? `${words.planBegun(name)} ${words.planTokens}` : words.planBegun(name);
  }
}
