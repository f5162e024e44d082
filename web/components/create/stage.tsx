"use client";

import { Empty } from "@/components/ui/empty";
import { Notice } from "@/components/ui/notice";
import { useOwnGenerations } from "@/hooks/use-generation";
import { useSession } from "@/hooks/use-session";
import { create as words } from "@/lib/words/create";
import { site } from "@/lib/words/site";
import { Job } from "./job";

/** The running and the newest generations, live. */
export function Stage() {
  const { state } = useSession();
  const { found, isStale } = useOwnGenerations();
  const jobs = found?.value;
  if (state === "out" || (jobs && jobs.length === 0)) return <Empty title={words.empty} />;
  return (
    <section aria-label={words.stage} className="grid min-w-0 gap-5">
      {isStale ? <Notice>{jobs ? site.reconnecting : words.failed}</Notice> : null}
      {jobs ? (
        jobs.map((job) => <Job key={job.id} own={job} />)
      ) : (
        <div aria-busy="true" className="rounded-panel border border-line bg-sheet p-4">
          <div className="skeleton aspect-square w-full max-w-md rounded-picture" />
          <div className="skeleton mt-4 h-6 w-64" />
        </div>
      )}
    </section>
  );
}
