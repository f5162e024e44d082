import type { Metadata } from "next";
import { Suspense } from "react";
import { OperatorPage } from "@/components/operator/operator-page";
import { operator } from "@/lib/words/operator";

export const metadata: Metadata = { title: operator.title, robots: { index: false } };

export default function Page() {
  return (
    <Suspense fallback={<div className="skeleton h-96 rounded-panel" />}>
      <OperatorPage />
    </Suspense>
  );
}
