import fs from "node:fs";
import path from "node:path";

/** Where the export lies. */
export const OUT = path.resolve(import.meta.dirname, "../out");

/** Every exported page: its name and its text. */
export function pages() {
  if (!fs.existsSync(OUT)) throw new Error("There is no web/out: build it with `make web`.");
  return fs
    .readdirSync(OUT, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".html"))
    .sort()
    .map((name) => ({ name, file: path.join(OUT, name), html: fs.readFileSync(path.join(OUT, name), "utf8") }));
}
