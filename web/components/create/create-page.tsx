"use client";

import { Form } from "./form";
import { Stage } from "./stage";

/** The form at the left, what comes of it beside it; one under the other on a phone. */
export function CreatePage() {
  return (
    <div className="mx-auto grid max-w-6xl items-start gap-8 lg:grid-cols-[24rem_minmax(0,1fr)] lg:gap-10">
      <Form />
      <Stage />
    </div>
  );
}
