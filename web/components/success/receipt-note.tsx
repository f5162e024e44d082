"use client";

import type { ReactNode } from "react";
import { TokenAmount } from "@/components/ui/amount";
import { Banknote } from "@/components/ui/banknote";
import type { Receipt } from "@/hooks/use-confirmation";
import { at, day } from "@/lib/dates";
import { change, price } from "@/lib/money";
import { engravingOf } from "@/lib/rosette";
import { receipt as words } from "@/lib/words/receipt";
import { tokens } from "@/lib/words/tokens";

type ReceiptNoteProps = {
  sessionId: string;
  receipt: Receipt;
  /** What was bought, as the catalogue calls it. */
  name: string;
  /** Its place in the catalogue, which chooses its print. */
  position: number;
  balance: number;
};

const KINDS = { package: words.package, pass: words.pass, subscription: words.plan };

/** The receipt: the note that was bought, and its terms. */
export function ReceiptNote({ sessionId, receipt, name, position, balance }: ReceiptNoteProps) {
  const { kind, tokens: amount, currency } = receipt;
  return (
    <section
      aria-label={words.title}
      className="mt-8 w-full overflow-hidden rounded-note border border-line bg-sheet shadow-sheet"
    >
      <Banknote
        engraving={engravingOf(position)}
        className="h-36"
        size={amount > 0 ? "text-[4.6rem]" : "text-[3rem] bottom-3!"}
      >
        <p>
          {amount > 0 ? change(amount) : name}
          {amount > 0 ? <span className="sr-only"> {tokens.unit(amount)}</span> : null}
        </p>
      </Banknote>
      <dl className="grid gap-y-3 p-5 text-sm">
        <Term name={KINDS[kind]}>{name}</Term>
        {receipt.property ? <Term name={words.property}>{receipt.property}</Term> : null}
        {receipt.until ? <Term name={words.until}>{day(receipt.until)}</Term> : null}
        <Term name={words.paid}>{price(receipt.amount, currency)}</Term>
        {receipt.reversed > 0 ? <Term name={words.wentBack}>−{price(receipt.reversed, currency)}</Term> : null}
        {receipt.tokensTakenBack > 0 ? (
          <Term name={words.takenBack}>
            <TokenAmount value={-receipt.tokensTakenBack} isChange />
          </Term>
        ) : null}
        <Term name={words.date}>{at(receipt.paidAt)}</Term>
        <Term name={words.reference}>…{sessionId.slice(-8)}</Term>
        <div className="border-t border-line" />
        <Term name={words.newBalance}>
          <TokenAmount value={balance} />
        </Term>
      </dl>
    </section>
  );
}

function Term({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-center justify-between gap-6">
      <dt className="shrink-0 text-soft">{name}</dt>
      <dd className="amount min-w-0 text-end font-medium">{children}</dd>
    </div>
  );
}
