"use client";

import { limits, type Refused } from "guilder-client";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { Input, TextArea } from "@/components/ui/field";
import { PressProblem } from "@/components/ui/problem";
import { useAhead } from "@/hooks/use-ahead";
import { useBalance } from "@/hooks/use-balance";
import { useCatalog } from "@/hooks/use-catalog";
import { useDraft } from "@/hooks/use-draft";
import { useIntent } from "@/hooks/use-intent";
import { useSession } from "@/hooks/use-session";
import { useWallet } from "@/hooks/use-wallet";
import { fieldProblems } from "@/lib/field-problems";
import { count } from "@/lib/money";
import { payer } from "@/lib/payer";
import { LONGEST } from "@/lib/text";
import { create as words } from "@/lib/words/create";
import { tokens } from "@/lib/words/tokens";
import { areasOf, type DraftField, draftProblems, EMPTY, featureOf, requestOf } from "./draft";
import { Submit } from "./submit";

const tooFew = () => import("@/components/buy/too-few-dialog");

const Features = lazy(() => import("./features").then((found) => ({ default: found.Features })));
const Styles = lazy(() => import("./styles").then((found) => ({ default: found.Styles })));
const TooFewDialog = lazy(() => tooFew().then((found) => ({ default: found.TooFewDialog })));

/** What is to be made, and the button that says what it costs and who pays. */
export function Form() {
  const { data: catalog } = useCatalog();
  const { person } = useSession();
  const { balance, isFrozen, expectAnswer } = useBalance();
  const { data: held } = useWallet();
  const { press, state, isBusy, reset } = useIntent("/api/generate");
  const [draft, setDraft] = useDraft("generate", EMPTY);
  const [isTried, setTried] = useState(false);
  const [isShort, setShort] = useState(false);
  useAhead(person !== undefined, tooFew);

  const feature = featureOf(draft, catalog);
  const styles = catalog?.styles.filter((each) => feature && each.features.includes(feature.id)) ?? [];
  const style = styles.find((each) => each.id === draft.style)?.id;
  const images = Math.max(1, areasOf(draft).length);
  const cost = (feature?.cost ?? 0) * images;
  const property = draft.property || undefined;
  const pays = payer(held, { feature: feature?.id ?? "", images, property }, catalog?.trial?.features ?? []);
  const missing = pays.by === "tokens" && balance !== undefined ? Math.max(0, cost - balance) : 0;
  const refused: Refused | undefined = state.state === "refused" ? state.error : undefined;
  const told = fieldProblems(refused);
  const problems = isTried ? draftProblems(draft) : {};
  const problemOf = (field: DraftField) => problems[field] ?? told[field];
  const needsProperty = catalog?.plans.some((plan) => plan.perProperty) ?? false;

  const set = (change: Partial<typeof draft>) => {
    setDraft({ ...draft, ...change });
    reset();
  };

  async function send(payWith?: "tokens") {
    if (!feature || isBusy) return;
    const show = expectAnswer();
    const answer = await press({ ...requestOf(draft, feature, style), ...(payWith && { payWith }) });
    if (!answer) return;
    show(answer.tokenBalance);
    setTried(false);
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setTried(true);
    const [bad] = Object.keys(draftProblems(draft));
    const control = bad ? event.currentTarget.elements.namedItem(bad) : null;
    if (control instanceof HTMLElement) control.focus();
    else if (missing > 0) setShort(true);
    else send();
  }

  const short =
    shortOf(refused, cost) ??
    (isShort && balance !== undefined ? { have: balance, needed: cost, short: missing } : undefined);
  return (
    <form onSubmit={submit} noValidate className="min-w-0">
      <h1 className="display text-[2.75rem] sm:text-5xl">{words.title}</h1>
      <div className="mt-6 grid gap-5">
        {catalog && catalog.features.length > 1 ? (
          <Suspense fallback={<div className="h-19" />}>
            <Features features={catalog.features} chosen={feature?.id} choose={(id) => set({ feature: id })} />
          </Suspense>
        ) : null}
        <TextArea
          label={words.prompt}
          name="prompt"
          rows={6}
          value={draft.prompt}
          limit={limits.generate.prompt.maxLength}
          placeholder={words.promptPlaceholder}
          problem={problemOf("prompt")}
          onChange={(event) => set({ prompt: event.target.value })}
        />
        {styles.length > 0 ? (
          <Suspense>
            <Styles styles={styles} chosen={style} choose={(id) => set({ style: id })} />
          </Suspense>
        ) : null}
        <Input
          label={words.areas}
          name="areas"
          value={draft.areas}
          placeholder={words.areasPlaceholder}
          hint={words.areasHint(count(limits.generate.areas.maxItems))}
          problem={problemOf("areas")}
          onChange={(event) => set({ areas: event.target.value })}
        />
        {needsProperty ? (
          <Input
            label={words.property}
            name="property"
            value={draft.property}
            hint={words.propertyHint}
            problem={problemOf("property")}
            onChange={(event) => set({ property: event.target.value.trim() })}
          />
        ) : null}
        <label className="flex min-h-11 cursor-pointer items-center gap-3">
          <input
            type="checkbox"
            checked={draft.publish}
            onChange={(event) => set({ publish: event.target.checked })}
            className="size-5 accent-(--ink)"
          />
          <span className="text-sm">
            <span className="font-medium">{words.publish}</span>
            <span className="block text-soft">{words.publishHint}</span>
          </span>
        </label>
        {draft.publish ? (
          <Input
            label={words.caption}
            name="caption"
            value={draft.caption}
            limit={LONGEST.caption}
            hint={words.captionHint}
            problem={problemOf("caption")}
            onChange={(event) => set({ caption: event.target.value })}
          />
        ) : null}
        {short ? null : (
          <PressProblem
            press={state}
            path="/api/generate"
            again={send}
            dismiss={reset}
            withTokens={{ cost: tokens.amount(cost), pay: () => send("tokens") }}
            made="#pictures"
          />
        )}
        <Submit
          catalog={catalog}
          cost={cost}
          pays={pays}
          balance={balance}
          isBusy={isBusy}
          isFrozen={isFrozen}
          isSignedOut={person === undefined}
        />
      </div>
      {short ? (
        <Suspense>
          <TooFewDialog
            {...short}
            kept={words.kept}
            onClose={() => {
              setShort(false);
              reset();
            }}
          />
        </Suspense>
      ) : null}
    </form>
  );
}

/** The numbers of a refusal for too few tokens, or for a debt that has to be paid off first. */
function shortOf(refused: Refused | undefined, cost: number) {
  const problem = refused?.problem;
  if (problem?.type === "tokens-owed") {
    return { have: problem.balance, needed: cost, short: Math.max(0, cost - problem.balance), owed: problem.debt };
  }
  if (problem?.type !== "insufficient-tokens") return undefined;
  return { have: problem.balance, needed: problem.required, short: problem.shortfall };
}
