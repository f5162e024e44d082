import { ButtonLink } from "@/components/ui/button";
import { wallet as words } from "@/lib/words/wallet";

export function Heading() {
  return (
    <header className="flex flex-wrap items-end justify-between gap-4">
      <h1 className="display text-[2.75rem] sm:text-[3.4rem]">{words.title}</h1>
      <ButtonLink href="/help/tokens" kind="quiet" className="-me-3 min-h-10! text-sm!">
        {words.howItWorks}
      </ButtonLink>
    </header>
  );
}
