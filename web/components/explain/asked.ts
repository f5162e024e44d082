import type { KeyedPath } from "guilder-client";

/** What is asked about: something by its id, or a press by its key. */
export type Asked =
  | { id: string; press?: undefined }
  | { id?: undefined; press: { readonly path: KeyedPath; readonly key: string } };

const FUNCTIONS = {
  "/api/generate": "generate",
  "/api/tip": "tip",
  "/api/create-checkout": "create_checkout",
} as const;

type Known = keyof typeof FUNCTIONS;

/** Whether presses of a function can be asked about: those that charge somebody. */
function isKnown(path: KeyedPath): path is Known {
  return Object.hasOwn(FUNCTIONS, path);
}

/** The same as the API has it, or null where nothing can be asked. */
export function questionOf({ id, press }: Asked) {
  if (press === undefined) return { id };
  return isKnown(press.path) ? { key: press.key, function: FUNCTIONS[press.path] } : null;
}
