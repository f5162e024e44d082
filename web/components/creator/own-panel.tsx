"use client";

import { lazy, Suspense, useState } from "react";
import { TokenAmount } from "@/components/ui/amount";
import { Button, ButtonLink } from "@/components/ui/button";
import { useBalance } from "@/hooks/use-balance";
import type { Profile } from "@/hooks/use-profile";
import { useSession } from "@/hooks/use-session";
import { creator as words } from "@/lib/words/post";
import { site } from "@/lib/words/site";

const ProfileDialog = lazy(() => import("./profile-dialog").then((found) => ({ default: found.ProfileDialog })));

/** What one sees on one's own page alone: the balance, and what can be changed. */
export function OwnPanel({ profile }: { profile: Profile }) {
  const { balance } = useBalance();
  const { signOut } = useSession();
  const [isEditing, setEditing] = useState(false);
  return (
    <section aria-label={words.you} className="rounded-panel border border-line bg-sheet p-5 shadow-sheet">
      <p className="text-[0.8rem] text-soft">{site.balance}</p>
      <p className="mt-1 flex h-9 items-center text-2xl font-medium">
        {balance === undefined ? <span className="skeleton h-8 w-20" /> : <TokenAmount value={balance} coin={22} />}
      </p>
      <div className="mt-4 grid grid-cols-2 gap-2">
        <Button kind="outline" className="px-2" onClick={() => setEditing(true)}>
          {words.edit}
        </Button>
        <ButtonLink kind="outline" className="px-2" href="/settings">
          {words.settings}
        </ButtonLink>
      </div>
      <Button kind="quiet" className="mt-2 w-full" onClick={signOut}>
        {site.signOut}
      </Button>
      {isEditing ? (
        <Suspense>
          <ProfileDialog profile={profile} onClose={() => setEditing(false)} />
        </Suspense>
      ) : null}
    </section>
  );
}
