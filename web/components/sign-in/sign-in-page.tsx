"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { Rosette } from "@/components/ui/rosette";
import { useSession } from "@/hooks/use-session";
import { safeNext } from "@/lib/address";
import { engravingOf } from "@/lib/rosette";
import { ForgotForm } from "./forgot-form";
import { JoinForm } from "./join-form";
import { SignInForm } from "./sign-in-form";

type Way = "join" | "sign-in" | "forgot";

/** Join, sign in, or ask for a new password. Afterwards it goes on to `next`, within this site. */
export function SignInPage() {
  const query = useSearchParams();
  const router = useRouter();
  const { state, begin } = useSession();
  const [way, setWay] = useState<Way>("join");
  const [isDone, setDone] = useState(false);

  // Only a page that was told so goes on by itself: joining has steps that follow the first sign-in.
  useEffect(() => {
    if (isDone && state === "in") router.replace(safeNext(query.get("next")));
  }, [isDone, state, query, router]);

  function done() {
    begin();
    setDone(true);
  }

  return (
    <div className="mx-auto grid max-w-4xl overflow-hidden rounded-panel border border-line bg-sheet shadow-sheet md:grid-cols-2">
      <div className="p-6 sm:p-10">
        {way === "join" ? (
          <JoinForm done={done} toSignIn={() => setWay("sign-in")} />
        ) : way === "sign-in" ? (
          <SignInForm done={done} toJoin={() => setWay("join")} toForgot={() => setWay("forgot")} />
        ) : (
          <ForgotForm toSignIn={() => setWay("sign-in")} />
        )}
      </div>
      <div
        style={{ ["--hue" as string]: 85 }}
        className="note-wash note-ink relative hidden overflow-hidden md:block"
        aria-hidden="true"
      >
        <Rosette
          engraving={engravingOf(1)}
          width={0.6}
          className="absolute top-1/2 left-1/2 size-[36rem] -translate-1/2 opacity-75"
        />
      </div>
    </div>
  );
}
