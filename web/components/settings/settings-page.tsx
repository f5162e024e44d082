"use client";

import type { ReactNode } from "react";
import { Button, ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Problem } from "@/components/ui/problem";
import { useCatalog } from "@/hooks/use-catalog";
import { useSession } from "@/hooks/use-session";
import { useWallet } from "@/hooks/use-wallet";
import { settings as words } from "@/lib/words/settings";
import { site } from "@/lib/words/site";
import { Appearance } from "./appearance";
import { Plan } from "./plan";
import { Reload } from "./reload";

/** Profile, plan, automatic reload and appearance. What the economy does not have is not there. */
export function SettingsPage() {
  const { state, signOut } = useSession();
  const { data: catalog } = useCatalog();
  const { data: wallet, error, refetch } = useWallet();

  if (state === "out") {
    return (
      <Empty title={words.signedOut} action={<ButtonLink href="/sign-in?next=/settings">{site.signIn}</ButtonLink>} />
    );
  }
  const hasPlans = (catalog?.plans.length ?? 0) > 0;
  return (
    <div className="mx-auto max-w-2xl">
      <h1 className="display text-[2.75rem] sm:text-5xl">{words.title}</h1>
      {error && !wallet ? (
        <div className="mt-8">
          <Problem title={words.failed} error={error} again={refetch} />
        </div>
      ) : null}
      <Section title={words.profile}>
        <p className="text-soft">{words.profileLong}</p>
        <ButtonLink kind="outline" className="mt-4" href="/creator">
          {words.toProfile}
        </ButtonLink>
      </Section>
      {hasPlans && catalog ? (
        <Section title={words.plan}>
          {wallet ? <Plan wallet={wallet} plans={catalog.plans} /> : <div className="skeleton h-24" />}
        </Section>
      ) : null}
      {catalog?.autoReload ? (
        <Section title={words.reload}>
          {wallet ? (
            <Reload wallet={wallet} packages={catalog.packages} terms={catalog.autoReload} />
          ) : (
            <div className="skeleton h-64" />
          )}
        </Section>
      ) : null}
      <Section title={words.appearance}>
        <Appearance />
      </Section>
      <Button kind="outline" className="mt-10" onClick={signOut}>
        {site.signOut}
      </Button>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return (
    <section aria-labelledby={id} className="mt-10 border-t border-line pt-6">
      <h2 id={id} className="mb-3 text-lg font-medium">
        {title}
      </h2>
      {children}
    </section>
  );
}
