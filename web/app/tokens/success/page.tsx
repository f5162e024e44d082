import type { Metadata } from "next";
import { Suspense } from "react";
import { SuccessPage } from "@/components/success/success-page";
import { Waiting } from "@/components/success/waiting";
import { receipt } from "@/lib/words/receipt";

export const metadata: Metadata = { title: receipt.page };

export default function Page() {
  return (
    <Suspense
      fallback={
        <div className="mx-auto max-w-md pt-2 lg:pt-8">
          <Waiting />
        </div>
      }
    >
      <SuccessPage />
    </Suspense>
  );
}
