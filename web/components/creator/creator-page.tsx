"use client";

import { Refused } from "guilder-client";
import { useSearchParams } from "next/navigation";
import { lazy, Suspense } from "react";
import { Gallery, GallerySkeleton } from "@/components/gallery/gallery";
import { TipButton } from "@/components/tip/tip-button";
import { ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Problem } from "@/components/ui/problem";
import { useCatalog } from "@/hooks/use-catalog";
import { useProfile } from "@/hooks/use-profile";
import { useSession } from "@/hooks/use-session";
import { sharedId } from "@/lib/address";
import { gallery } from "@/lib/words/gallery";
import { creator as words } from "@/lib/words/post";
import { site } from "@/lib/words/site";
import { tokens } from "@/lib/words/tokens";
import { Face, FaceSkeleton } from "./face";

// What only its owner sees.
const OwnPanel = lazy(() => import("./own-panel").then((found) => ({ default: found.OwnPanel })));

/** Somebody's page, at `/creator?id=…` or the shared `/u/…`; without an id, one's own. */
export function CreatorPage() {
  const { state, person } = useSession();
  const asked = sharedId(useSearchParams(), "/u/");
  const id = asked ?? person?.uid ?? null;
  const { data: profile, error, isPending, refetch } = useProfile(id);

  if (id === null && state === "out") {
    return (
      <Empty title={words.signedOut} action={<ButtonLink href="/sign-in?next=/creator">{site.signIn}</ButtonLink>} />
    );
  }
  const isOwn = id !== null && id === person?.uid;
  const isGone = error instanceof Refused && error.problem.status === 404;
  // One's own profile is made with the account, a moment after joining.
  if (isGone && !isOwn) {
    return (
      <Empty title={words.nobody} action={<ButtonLink href="/">{site.toExplore}</ButtonLink>}>
        {words.nobodyLong}
      </Empty>
    );
  }
  if (error) return <Problem title={words.failed} error={error} again={refetch} />;
  if (isPending || id === null) return <CreatorSkeleton />;
  return (
    <>
      <div className="mb-10 grid grid-cols-1 items-start gap-6 md:grid-cols-[minmax(0,1fr)_20rem]">
        <Face profile={profile} />
        {isOwn ? (
          <Suspense fallback={<div className="skeleton h-72 rounded-panel" />}>
            <OwnPanel profile={profile} />
          </Suspense>
        ) : (
          <TipButton recipient={{ uid: profile.id, name: profile.displayName, photoUrl: profile.photoUrl }} />
        )}
      </div>
      <Gallery userId={profile.id} empty={isOwn ? <OwnEmpty /> : <Empty title={gallery.othersEmpty} />} />
    </>
  );
}

function OwnEmpty() {
  const cost = useCatalog().data?.features[0]?.cost;
  return (
    <Empty
      title={gallery.ownEmpty}
      action={
        <ButtonLink href="/image-generator">
          {cost === undefined ? gallery.ownEmptyActionPlain : gallery.ownEmptyAction(tokens.amount(cost))}
        </ButtonLink>
      }
    />
  );
}

/** The shape of somebody's page. */
export function CreatorSkeleton() {
  return (
    <>
      <div className="mb-10">
        <FaceSkeleton />
      </div>
      <GallerySkeleton />
    </>
  );
}
