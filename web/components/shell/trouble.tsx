"use client";

import type { Pending } from "guilder-client";
import { Notice } from "@/components/ui/notice";
import { SendAgain } from "@/components/ui/send-again";
import { bars } from "@/lib/words/shell";
import { tokens } from "@/lib/words/tokens";
import { UnknownOutcomes } from "./unknown-outcomes";

type TroubleProps = {
  /** The address that is not verified yet. */
  unverified: string | null;
  isFrozen: boolean;
  debt: number;
  pending: readonly Pending[];
};

/** The bars of whom something is the matter with. */
export function Trouble({ unverified, isFrozen, debt, pending }: TroubleProps) {
  return (
    <>
      {unverified === null ? null : <VerifyBar email={unverified} />}
      {isFrozen ? <Notice tone="bad">{bars.frozen}</Notice> : null}
      {debt > 0 ? <Notice tone="bad">{bars.owes(tokens.amount(debt))}</Notice> : null}
      <UnknownOutcomes pending={pending} />
    </>
  );
}

function VerifyBar({ email }: { email: string }) {
  return <Notice action={<SendAgain />}>{bars.verify(email)}</Notice>;
}
