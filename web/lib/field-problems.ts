import { Refused } from "guilder-client";

/** What the server says of single fields, by the field's name. */
export function fieldProblems(error: unknown): Record<string, string> {
  if (!(error instanceof Refused) || error.problem.status !== 422) return {};
  const errors = "errors" in error.problem ? error.problem.errors : [];
  return Object.fromEntries(errors.map(({ field, detail }) => [field.split(".")[0] ?? field, detail]));
}
