import { createHash } from "node:crypto";
import { DESK, PHONE } from "./fixtures";

const { SAMPLE, ALL } = process.env;

/** One of the choices, by the sample that `make test-web` names, or all of them: see local/sampling.py. */
function one<T>(choices: T[], name: string): T[] {
  if (!SAMPLE || ALL) return choices;
  const digest = createHash("sha256").update(`${SAMPLE}/${name}`).digest();
  const index = Number(digest.readBigUInt64BE() % BigInt(choices.length));
  return choices.slice(index, index + 1);
}

/** At which widths the journey is played that is for both. */
export const widthsOf = (journey: string) => one(Object.entries({ PHONE, DESK }), journey);
