"use client";

import { useEffect } from "react";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { inTab } from "@/lib/storage";
import { site } from "@/lib/words/site";

const RELOADED = "reloaded";
const AGAIN_MS = 10_000;

/**
 * What stands where a page broke.
 *
 * A page that was open during a deployment looks for files that are gone. It reloads once; drafts are kept in the tab.
 */
export default function Broken({ error }: { error: Error }) {
  const isOld =
    error.name === "ChunkLoadError" || /loading (CSS )?chunk|dynamically imported module/i.test(error.message);
  useEffect(() => {
    if (!isOld || Date.now() - Number(inTab.get(RELOADED) ?? 0) < AGAIN_MS) return;
    inTab.set(RELOADED, String(Date.now()));
    location.reload();
  }, [isOld]);
  return (
    <Empty isProblem title={site.brokenTitle} action={<Button onClick={() => location.reload()}>{site.reload}</Button>}>
      {site.broken}
    </Empty>
  );
}
