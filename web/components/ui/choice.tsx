import type { ReactNode } from "react";

/** How the chosen one of several is marked: filled with ink, or by its border. */
type Mark = "filled" | "outlined";

const MARKS: Record<Mark, string> = {
  filled: "has-checked:border-ink has-checked:bg-ink has-checked:text-paper",
  outlined: "has-checked:border-ink has-checked:bg-well",
};

type ChoiceProps = {
  /** The group that it is one of: the arrow keys move within it. */
  name: string;
  isChosen: boolean;
  choose: () => void;
  mark: Mark;
  className?: string;
  children: ReactNode;
};

/** One of several, as a chip. It is a radio button, for a keyboard and for those who listen. */
export function Choice({ name, isChosen, choose, mark, className = "", children }: ChoiceProps) {
  return (
    <label
      className={`flex min-h-11 cursor-pointer items-center justify-center gap-2 border border-line-strong/45 px-4 text-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-2 ${MARKS[mark]} ${className}`}
    >
      <input type="radio" name={name} checked={isChosen} onChange={choose} className="sr-only" />
      {children}
    </label>
  );
}
