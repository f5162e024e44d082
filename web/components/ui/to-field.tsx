"use client";

import { useEffect, useState } from "react";
import { remedies } from "@/lib/words/problems";
import { site } from "@/lib/words/site";
import { Step } from "./told";

/** The first field that is marked as wrong, in the open dialog if there is one. */
const wrongField = () =>
  (document.querySelector("dialog[open]") ?? document).querySelector<HTMLElement>('[aria-invalid="true"]');

/** Leads to the field that is wrong, and goes there once by itself. Without one there is another way out. */
export function ToField({ otherwise }: { otherwise: () => void }) {
  const [isFound, setFound] = useState(true);
  useEffect(() => {
    const field = wrongField();
    setFound(field !== null);
    field?.focus();
  }, []);
  return isFound ? (
    <Step onClick={() => wrongField()?.focus()}>{remedies.field}</Step>
  ) : (
    <Step onClick={otherwise}>{site.close}</Step>
  );
}
