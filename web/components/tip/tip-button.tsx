"use client";

import { useRouter } from "next/navigation";
import { lazy, Suspense, useState } from "react";
import { Coin } from "@/components/ui/amount";
import { Button } from "@/components/ui/button";
import { useAhead } from "@/hooks/use-ahead";
import { useCatalog } from "@/hooks/use-catalog";
import { useSession } from "@/hooks/use-session";
import { signInHere } from "@/lib/address";
import { tip as words } from "@/lib/words/tip";
import type { Recipient } from "./tip-dialog";

const tipDialog = () => import("./tip-dialog");
const TipDialog = lazy(() => tipDialog().then((found) => ({ default: found.TipDialog })));

/** Opens the tip dialog. It is not there where the economy has no tips, nor on one's own posts. */
export function TipButton({ recipient, postId }: { recipient: Recipient; postId?: string }) {
  const { state } = useSession();
  const { data: catalog } = useCatalog();
  const [isOpen, setOpen] = useState(false);
  const router = useRouter();
  useAhead(state === "in", tipDialog);
  // The place is kept until the catalog is there, so that nothing below moves.
  if (catalog && !catalog.tip) return null;
  return (
    <>
      <Button
        kind="gold"
        className="w-full wrap-anywhere"
        disabled={!catalog || state === "unknown"}
        onClick={() => (state === "in" ? setOpen(true) : router.push(signInHere()))}
      >
        <Coin size={18} />
        {state === "out" ? words.signIn(recipient.name) : words.button}
      </Button>
      {isOpen && catalog?.tip ? (
        <Suspense>
          <TipDialog recipient={recipient} postId={postId} terms={catalog.tip} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
