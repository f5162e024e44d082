import type { ReactNode } from "react";
import { type Catalog, hasExpiringPlan } from "@/hooks/use-catalog";
import { count, price } from "@/lib/money";
import { plans as planWords } from "@/lib/words/buy";
import { guide as words } from "@/lib/words/guide";
import { tokens } from "@/lib/words/tokens";
import { wallet } from "@/lib/words/wallet";
import { Figures } from "./figures";

type Section = { id: string; title: string; content: ReactNode };

/** The sections of the guide. What this economy has none of is not explained. */
export function sectionsOf(catalog: Catalog | undefined): Section[] {
  const found: (Section | false)[] = [
    { id: "what", title: words.what.title, content: <p>{words.what.text}</p> },
    { id: "costs", title: words.costs.title, content: <Costs catalog={catalog} /> },
    { id: "getting", title: words.getting.title, content: <Getting catalog={catalog} /> },
    (catalog?.plans.length ?? 0) > 0 && {
      id: "plans",
      title: words.plans.title,
      content: <Plans plans={catalog?.plans ?? []} />,
    },
    { id: "funds", title: words.funds.title, content: <Funds catalog={catalog} /> },
    { id: "failing", title: words.failing.title, content: <p>{words.failing.text}</p> },
    catalog?.tip !== null && { id: "tips", title: words.tips.title, content: <Tips catalog={catalog} /> },
    catalog?.autoReload != null && {
      id: "reload",
      title: words.reload.title,
      content: (
        <>
          <p>{words.reload.text}</p>
          <p>
            {words.reload.range(count(catalog.autoReload.thresholdMin), tokens.amount(catalog.autoReload.thresholdMax))}
          </p>
        </>
      ),
    },
    { id: "unsure", title: words.unsure.title, content: <p>{words.unsure.text}</p> },
    { id: "backwards", title: words.backwards.title, content: <p>{words.backwards.text}</p> },
  ];
  return found.filter((each) => each !== false);
}

function Costs({ catalog }: { catalog: Catalog | undefined }) {
  return (
    <>
      <p>{words.costs.text}</p>
      <Figures
        heads={[words.costs.feature, words.costs.cost]}
        rows={catalog?.features.map(({ name, cost }) => [name, cost ? tokens.amount(cost) : words.costs.free])}
      />
    </>
  );
}

function Getting({ catalog }: { catalog: Catalog | undefined }) {
  const bonus = catalog?.signupBonus ?? 0;
  const hasPackages = !catalog || catalog.packages.length > 0;
  return (
    <>
      {bonus > 0 ? (
        <p>
          {words.getting.bonus(tokens.amount(bonus))}
          {catalog?.bonusDays ? ` ${words.getting.bonusEnds(tokens.days(catalog.bonusDays))}` : null}
        </p>
      ) : null}
      {catalog?.trial ? <p>{words.getting.trial(tokens.pictures(catalog.trial.images))}</p> : null}
      {hasPackages ? (
        <>
          <p>{words.getting.packages}</p>
          <Figures
            heads={[words.getting.package, words.getting.amount, words.getting.price]}
            rows={catalog?.packages.map((each) => [each.name, count(each.tokens), price(each.amount, each.currency)])}
          />
        </>
      ) : null}
      {catalog?.tip ? <p>{words.getting.tips}</p> : null}
    </>
  );
}

function Plans({ plans }: { plans: Catalog["plans"] }) {
  return (
    <>
      <p>{words.plans.text}</p>
      <Figures
        heads={[words.plans.name, words.plans.brings, words.getting.price]}
        rows={plans.map((plan) => [plan.name, brings(plan), price(plan.amount, plan.currency)])}
      />
      {plans.some((plan) => plan.unlimitedPerDay !== null) ? <p>{words.plans.used}</p> : null}
    </>
  );
}

function brings({ tokens: amount, interval, unlimitedPerDay, days }: Catalog["plans"][number]): string {
  const parts = [
    amount > 0 && (interval ? planWords.tokens(tokens.amount(amount), interval) : tokens.amount(amount)),
    unlimitedPerDay !== null && planWords.perDayShort(tokens.pictures(unlimitedPerDay)),
    days !== null && tokens.days(days),
    amount === 0 && unlimitedPerDay === null && planWords.access,
  ];
  return parts.filter((part) => part !== false).join(", ");
}

function Funds({ catalog }: { catalog: Catalog | undefined }) {
  const { bonus, purchased, earned } = wallet.funds;
  const bought = hasExpiringPlan(catalog) ? wallet.purchasedExpires : purchased.about;
  return (
    <>
      <p>{words.funds.text}</p>
      <Figures
        heads={[words.funds.name, words.funds.about]}
        isText
        rows={[
          [bonus.name, bonus.about],
          [purchased.name, bought],
          [earned.name, earned.about],
        ]}
      />
    </>
  );
}

function Tips({ catalog }: { catalog: Catalog | undefined }) {
  return (
    <p>
      {words.tips.text}
      {catalog?.tip ? ` ${words.tips.range(count(catalog.tip.min), tokens.amount(catalog.tip.max))}` : null}
    </p>
  );
}
