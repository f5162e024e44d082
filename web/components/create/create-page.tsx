"use client";

import { lazy, Suspense } from "react";
import { useSession } from "@/hooks/use-session";
import { Form } from "./form";

// What comes of it follows what is written.
const Stage = lazy(() => import("./stage").then((found) => ({ default: found.Stage })));

/** The form at the left, what comes of it beside it; one under the other on a phone. */
export function CreatePage() {
  const { state } = useSession();
  const coming = <div aria-busy="true" className="min-h-72 rounded-panel border border-line bg-sheet" />;
  return (
    <div className="mx-auto grid max-w-6xl items-start gap-8 lg:grid-cols-[24rem_minmax(0,1fr)] lg:gap-10">
      <Form />
      {state === "unknown" ? (
        coming
      ) : (
        <Suspense fallback={coming}>
          <Stage />
        </Suspense>
      )}
    </div>
  );
}
