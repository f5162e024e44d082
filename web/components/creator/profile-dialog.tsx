"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input, TextArea } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { useStatus } from "@/components/ui/status";
import { type Profile, useProfileChange } from "@/hooks/use-profile";
import { bioProblem, LONGEST, nameProblem, photoProblem, type TextProblem } from "@/lib/text";
import { post, creator as words } from "@/lib/words/post";

const SENTENCES: Record<Exclude<TextProblem, null>, string> = {
  long: words.tooLong,
  hidden: words.hidden,
  name: words.nameProblem,
  photo: words.photoProblem,
};

/** Changes name, bio and photo, checked as the security rules check them. */
export function ProfileDialog({ profile, onClose }: { profile: Profile; onClose: () => void }) {
  const [fields, setFields] = useState({
    displayName: profile.displayName,
    bio: profile.bio,
    photoUrl: profile.photoUrl ?? "",
  });
  const [isTried, setTried] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const changed = useProfileChange();
  const say = useStatus();

  const problems = {
    displayName: nameProblem(fields.displayName),
    bio: bioProblem(fields.bio),
    photoUrl: photoProblem(fields.photoUrl),
  };
  const sentence = (problem: TextProblem) => (isTried && problem ? SENTENCES[problem] : undefined);
  const set = (field: keyof typeof fields) => (event: { target: { value: string } }) =>
    setFields({ ...fields, [field]: event.target.value });

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setTried(true);
    const bad = (Object.keys(problems) as (keyof typeof problems)[]).find((field) => problems[field]);
    if (bad) {
      const control = event.currentTarget.elements.namedItem(bad);
      if (control instanceof HTMLElement) control.focus();
      return;
    }
    setSaving(true);
    setFailed(false);
    const written = { ...fields, photoUrl: fields.photoUrl || null };
    try {
      const [{ writeProfile }, { rename }] = await Promise.all([
        import("@/lib/firebase/live"),
        import("@/lib/firebase/auth"),
      ]);
      await writeProfile(profile.id, written);
      await rename(written.displayName);
      changed(profile.id, written);
      say(words.saved);
      onClose();
    } catch {
      setSaving(false);
      setFailed(true);
    }
  }

  return (
    <Dialog title={words.edit} onClose={onClose}>
      <form className="mt-5 grid gap-4" onSubmit={save} noValidate>
        <Input
          label={words.name}
          name="displayName"
          autoComplete="nickname"
          value={fields.displayName}
          limit={LONGEST.name}
          hint={words.older}
          problem={sentence(problems.displayName)}
          onChange={set("displayName")}
        />
        <TextArea
          label={words.bio}
          name="bio"
          rows={4}
          value={fields.bio}
          limit={LONGEST.bio}
          problem={sentence(problems.bio)}
          onChange={set("bio")}
        />
        <Input
          label={words.photo}
          name="photoUrl"
          type="url"
          value={fields.photoUrl}
          hint={words.photoHint}
          problem={sentence(problems.photoUrl)}
          onChange={set("photoUrl")}
        />
        {hasFailed ? <Notice tone="bad">{words.notSaved}</Notice> : null}
        <div className="mt-2 flex gap-3">
          <Button type="submit" disabled={isSaving}>
            {isSaving ? post.saving : post.save}
          </Button>
          <Button kind="quiet" disabled={isSaving} onClick={onClose}>
            {post.cancel}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
