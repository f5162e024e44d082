import { Avatar } from "@/components/ui/avatar";
import type { Profile } from "@/hooks/use-profile";
import { day } from "@/lib/dates";
import { creator as words } from "@/lib/words/post";

/** Face, name, bio and number of pictures. */
export function Face({ profile }: { profile: Profile }) {
  return (
    <header className="flex items-start gap-5">
      <Avatar uid={profile.id} name={profile.displayName} photoUrl={profile.photoUrl} size={72} />
      <div className="min-w-0">
        <h1 className="display text-4xl wrap-anywhere sm:text-[2.75rem]">{profile.displayName}</h1>
        <p className="amount mt-2 text-sm text-soft">
          {words.posts(profile.postCount)} · {words.since(day(profile.createdAt))}
        </p>
        {profile.bio ? <p className="mt-3 max-w-2xl wrap-anywhere whitespace-pre-wrap">{profile.bio}</p> : null}
      </div>
    </header>
  );
}

export function FaceSkeleton() {
  return (
    <div aria-busy="true" className="flex items-start gap-5">
      <div className="skeleton size-18 rounded-full" />
      <div className="grid gap-3">
        <div className="skeleton h-11 w-56" />
        <div className="skeleton h-5 w-40" />
      </div>
    </div>
  );
}
