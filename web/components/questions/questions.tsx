import { ChevronDown } from "lucide-react";
import { questions, questionsTitle } from "@/lib/words/questions";

/** The six questions of everybody who buys. */
export function Questions({ className = "" }: { className?: string }) {
  return (
    <section aria-labelledby="questions" className={className}>
      <h2 id="questions" className="display text-[1.75rem]">
        {questionsTitle}
      </h2>
      <div className="mt-3 divide-y divide-line border-y border-line">
        {questions.map(({ question, answer }) => (
          <details key={question} className="group">
            <summary className="flex min-h-12 list-none items-center justify-between gap-4 py-3 text-[0.98rem] font-medium [&::-webkit-details-marker]:hidden">
              {question}
              <ChevronDown
                size={18}
                strokeWidth={1.75}
                aria-hidden="true"
                className="shrink-0 text-soft transition-transform duration-180 group-open:rotate-180"
              />
            </summary>
            <p className="max-w-prose pe-8 pb-4 text-soft">{answer}</p>
          </details>
        ))}
      </div>
    </section>
  );
}
