"use client";

import { type ComponentProps, useState } from "react";

const TRIES = 4;
const FIRST_WAIT_MS = 500;

/**
 * A picture that is looked for again where it does not come: one that was published just now may be a moment late.
 *
 * `onAgain` is called each time before that, so that a newer address can be found meanwhile.
 */
export function Img({ alt, onAgain, ...rest }: ComponentProps<"img"> & { alt: string; onAgain?: () => void }) {
  const [tries, setTries] = useState(1);

  function again() {
    if (tries === TRIES) return;
    onAgain?.();
    setTimeout(() => setTries(tries + 1), FIRST_WAIT_MS * 2 ** tries);
  }

  return <img key={tries} alt={alt} onError={again} {...rest} />;
}
