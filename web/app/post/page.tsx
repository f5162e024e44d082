import type { Metadata } from "next";
import { Suspense } from "react";
import { PostPage, PostSkeleton } from "@/components/post/post-page";
import { post } from "@/lib/words/post";

export const metadata: Metadata = { title: post.title };

export default function Page() {
  return (
    <Suspense fallback={<PostSkeleton />}>
      <PostPage />
    </Suspense>
  );
}
