"use client";

import { Refused } from "guilder-client";
import { useSearchParams } from "next/navigation";
import { lazy, Suspense } from "react";
import { Avatar } from "@/components/ui/avatar";
import { ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Link } from "@/components/ui/link";
import { Problem } from "@/components/ui/problem";
import type { Post } from "@/hooks/use-feed";
import { usePost } from "@/hooks/use-post";
import { useSession } from "@/hooks/use-session";
import { sharedId } from "@/lib/address";
import { day } from "@/lib/dates";
import { post as words } from "@/lib/words/post";
import { site } from "@/lib/words/site";
import { Actions } from "./actions";
import { Caption } from "./caption";
import { Strip } from "./strip";

// It stands below the picture.
const MoreBy = lazy(() => import("./more-by").then((found) => ({ default: found.MoreBy })));

/** One post, at `/post?id=…` or the shared `/p/…`. */
export function PostPage() {
  const id = sharedId(useSearchParams(), "/p/");
  const { data, error, isPending, refetch } = usePost(id);

  if (id === null || (error instanceof Refused && error.problem.status === 404)) {
    return (
      <Empty title={words.gone} action={<ButtonLink href="/">{site.toExplore}</ButtonLink>}>
        {words.goneLong}
      </Empty>
    );
  }
  if (isPending) return <PostSkeleton />;
  if (error) return <Problem title={words.failed} error={error} again={refetch} />;
  return <PostView post={data} />;
}

function PostView({ post }: { post: Post }) {
  const { person } = useSession();
  const isOwn = person?.uid === post.userId;
  return (
    <>
      <article className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22.5rem] lg:gap-10">
        <Strip post={post} />
        <div>
          <Link
            href={isOwn ? "/creator" : `/creator?id=${post.userId}`}
            className="flex min-h-11 items-center gap-3 rounded-field pe-3 underline-offset-4 hover:underline"
          >
            <Avatar uid={post.userId} name={post.author.displayName} photoUrl={post.author.photoUrl} />
            <span className="min-w-0 truncate font-medium">{post.author.displayName}</span>
          </Link>
          <Caption post={post} isOwn={isOwn} />
          <p className="mt-2 text-sm text-soft">{words.published(day(post.createdAt))}</p>
          <Actions post={post} isOwn={isOwn} />
        </div>
      </article>
      <Suspense>
        <MoreBy post={post} />
      </Suspense>
    </>
  );
}

/** The shape of a post on its way. */
export function PostSkeleton() {
  return (
    <div aria-busy="true" className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22.5rem] lg:gap-10">
      <div className="skeleton aspect-square max-h-[80dvh] w-full rounded-picture" />
      <div className="grid gap-4">
        <div className="skeleton h-10 w-48" />
        <div className="skeleton h-8 w-full" />
        <div className="skeleton h-12 w-full" />
      </div>
    </div>
  );
}
