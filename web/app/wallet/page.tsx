import type { Metadata } from "next";
import { Suspense } from "react";
import { WalletPage, WalletSkeleton } from "@/components/wallet/wallet-page";
import { wallet } from "@/lib/words/wallet";

export const metadata: Metadata = { title: wallet.title };

export default function Page() {
  return (
    <Suspense fallback={<WalletSkeleton />}>
      <WalletPage />
    </Suspense>
  );
}
