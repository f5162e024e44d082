"use client";

import { useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { Problem } from "@/components/ui/problem";
import { useFeed } from "@/hooks/use-feed";
import { FIRST_ROW, firstPicture, firstRatio, forgetFirstRow } from "@/lib/early";
import { gallery as words } from "@/lib/words/gallery";
import { Card } from "./card";
import { held, inRow, ROWS } from "./rows";

/** So many pages come by scrolling; after them a press asks for more, so that the end of a page can be reached. */
const PAGES_BY_SCROLLING = 3;
const SKELETON = [1, 1, 1.4, 0.8, 1, 1, 1.2, 1];
/** How far below the screen the next page is asked for. */
const AHEAD = "600px";

type GalleryProps = {
  /** Whose pictures; without it, everybody's. */
  userId?: string;
  /** What stands there when there are none. */
  empty: React.ReactNode;
};

/** Pictures in rows of one height, in the order of the document, page by page. */
export function Gallery({ userId, empty }: GalleryProps) {
  const feed = useFeed(userId);
  const pages = feed.data?.pages.length ?? 0;

  if (feed.isPending) return <GallerySkeleton />;
  if (feed.isError && pages === 0) return <Problem title={words.failed} error={feed.error} again={feed.refetch} />;
  if (feed.posts.length === 0) return empty;
  return (
    <>
      <div role="feed" aria-label={words.label} aria-busy={feed.isFetchingNextPage} className={ROWS}>
        {feed.posts.map((post, index) => (
          <Card
            key={post.id}
            post={post}
            position={index + 1}
            of={feed.hasNextPage ? -1 : feed.posts.length}
            isFirst={index < FIRST_ROW}
            hidesAuthor={userId !== undefined}
          />
        ))}
      </div>
      {feed.isFetchNextPageError ? (
        <div className="mt-8">
          <Problem error={feed.error} again={feed.fetchNextPage} />
        </div>
      ) : feed.hasNextPage ? (
        <More
          byScrolling={pages < PAGES_BY_SCROLLING}
          isLoading={feed.isFetchingNextPage}
          load={() => feed.fetchNextPage({ cancelRefetch: false })}
        />
      ) : null}
    </>
  );
}

function More({ byScrolling, isLoading, load }: { byScrolling: boolean; isLoading: boolean; load: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const loadNow = useRef(load);
  loadNow.current = load;
  useEffect(() => {
    if (!end.current || !byScrolling || isLoading) return;
    const seen = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) loadNow.current();
      },
      { rootMargin: AHEAD },
    );
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [byScrolling, isLoading]);
  return (
    <div ref={end} className="mt-10 text-center">
      <Button kind="outline" disabled={isLoading} onClick={load}>
        {isLoading ? words.loading : words.loadMore}
      </Button>
    </div>
  );
}

/** The shape of a gallery whose pictures are on their way. The first of them may come before the scripts do. */
export function GallerySkeleton() {
  useEffect(() => forgetFirstRow, []);
  return (
    <div aria-busy="true" className={ROWS}>
      {SKELETON.map((ratio, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the places never move
        <div key={index} style={inRow(firstRatio(index, ratio))}>
          <div className="relative" style={{ aspectRatio: held(firstRatio(index, ratio)) }}>
            <div className="skeleton size-full rounded-picture" />
            <div
              className="absolute inset-0 rounded-picture bg-cover bg-center"
              style={{ backgroundImage: firstPicture(index) }}
            />
          </div>
          <div className="mt-1 h-12" />
        </div>
      ))}
    </div>
  );
}
