"use client";

import { useQueryClient } from "@tanstack/react-query";
import { answerOf } from "guilder-client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Link } from "@/components/ui/link";
import { Problem } from "@/components/ui/problem";
import { useStatus } from "@/components/ui/status";
import { type Generation, isFinal } from "@/hooks/use-generation";
import { api } from "@/lib/api";
import { job as words } from "@/lib/words/job";

/** The way from a finished generation into the gallery, or to where it hangs. */
export function Publish({ generation, caption }: { generation: Generation; caption: string }) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const queries = useQueryClient();
  const say = useStatus();

  if (generation.postId) {
    return (
      <Link
        href={`/post?id=${generation.postId}`}
        className="mt-1 inline-flex min-h-11 items-center text-sm underline underline-offset-4"
      >
        {words.seePost}
      </Link>
    );
  }
  const hasPicture = generation.areas.some((area) => area.status === "succeeded");
  if (!isFinal(generation) || !hasPicture) return null;
  const isGone = generation.imagesExpireAt !== null && new Date(generation.imagesExpireAt) < new Date();
  if (isGone) return <p className="mt-2 text-sm text-soft">{words.gone}</p>;

  async function publish() {
    setBusy(true);
    setError(null);
    try {
      await answerOf(api.POST("/api/publish-post", { body: { generationId: generation.id, caption } }));
      say(words.published);
      await queries.invalidateQueries({ queryKey: ["generation", generation.id] });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  if (error) {
    return (
      <div className="mt-3">
        <Problem error={error} again={publish} dismiss={() => setError(null)} />
      </div>
    );
  }
  return (
    <Button kind="outline" className="mt-3 min-h-11" disabled={isBusy} onClick={publish}>
      {isBusy ? words.publishing : words.publishNow}
    </Button>
  );
}
