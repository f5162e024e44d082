"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { TextArea } from "@/components/ui/field";
import { useStatus } from "@/components/ui/status";
import type { Post } from "@/hooks/use-feed";
import { usePostChanges } from "@/hooks/use-post";
import { captionProblem, LONGEST } from "@/lib/text";
import { creator, post as words } from "@/lib/words/post";

/** Writes the caption, which only the post's owner may. */
export function CaptionForm({ post, close }: { post: Post; close: () => void }) {
  const [caption, setCaption] = useState(post.caption);
  const [isSaving, setSaving] = useState(false);
  const { captioned } = usePostChanges();
  const say = useStatus();
  const problem = captionProblem(caption);

  async function save() {
    setSaving(true);
    try {
      const { writeCaption } = await import("@/lib/firebase/live");
      await writeCaption(post.id, caption);
      captioned(post.id, caption);
      say(words.saved);
      close();
    } catch {
      setSaving(false);
      say(words.notSaved);
    }
  }

  return (
    <form
      className="mt-4 grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!problem) save();
      }}
    >
      <TextArea
        label={words.caption}
        rows={3}
        autoFocus
        value={caption}
        limit={LONGEST.caption}
        problem={problem === "long" ? creator.tooLong : problem === "hidden" ? creator.hidden : undefined}
        onChange={(event) => setCaption(event.target.value)}
      />
      <div className="flex gap-2">
        <Button type="submit" disabled={isSaving || problem !== null}>
          {isSaving ? words.saving : words.save}
        </Button>
        <Button kind="quiet" disabled={isSaving} onClick={close}>
          {words.cancel}
        </Button>
      </div>
    </form>
  );
}
