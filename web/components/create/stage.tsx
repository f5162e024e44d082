"use client";

import { lazy, Suspense } from "react";
import { Empty } from "@/components/ui/empty";
import { Notice } from "@/components/ui/notice";
import { useOwnGenerations } from "@/hooks/use-generation";
import { useSession } from "@/hooks/use-session";
import { create as words } from "@/lib/words/create";
import { site } from "@/lib/words/site";

// Its code is on the way while Firestore is asked which there are.
const Job = lazy(() => import("./job").then((found) => ({ default: found.Job })));

/** The running and the newest generations, live. */
export function Stage() {
  const { state } = useSession();
  const { found, isStale } = useOwnGenerations();
  const jobs = found?.value;
  if (state === "out" || (jobs && jobs.length === 0)) return <Empty title={words.empty} />;
  return (
    <section id="pictures" aria-label={words.stage} className="grid min-w-0 gap-5">
      {isStale ? <Notice>{jobs ? site.reconnecting : words.failed}</Notice> : null}
      {jobs ? (
        <Suspense fallback={<JobSkeleton />}>
          {jobs.map((job) => (
            <Job key={job.id} own={job} />
          ))}
        </Suspense>
      ) : (
        <JobSkeleton />
      )}
    </section>
  );
}

function JobSkeleton() {
  return (
    <div aria-busy="true" className="rounded-panel border border-line bg-sheet p-4">
      <div className="skeleton aspect-square w-full max-w-md rounded-picture" />
      <div className="skeleton mt-4 h-6 w-64" />
    </div>
  );
}
