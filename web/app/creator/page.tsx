import type { Metadata } from "next";
import { Suspense } from "react";
import { CreatorPage, CreatorSkeleton } from "@/components/creator/creator-page";
import { creator } from "@/lib/words/post";

export const metadata: Metadata = { title: creator.title };

export default function Page() {
  return (
    <Suspense fallback={<CreatorSkeleton />}>
      <CreatorPage />
    </Suspense>
  );
}
