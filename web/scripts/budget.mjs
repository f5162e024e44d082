// Prints what every page costs a first visit, beside its limits, and exits 1 where one is passed. All are exact: sizes
// after gzip at its best, of what the exported pages name.
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { OUT, pages } from "./pages.mjs";

const KIB = 1024;
const LIMITS = { scripts: 170 * KIB, styles: 12 * KIB, html: 8 * KIB, fonts: 2, fontBytes: 60_000 };
/** Texts that stand in the SDKs alone. */
const LATER = { Firestore: /WebChannelConnection|Firestore \(/, Auth: /identitytoolkit\.googleapis\.com/ };

const sizes = new Map();

/** The size of a file, or of a text, after gzip. */
function zipped(name) {
  if (!sizes.has(name)) sizes.set(name, zlib.gzipSync(fs.readFileSync(path.join(OUT, name)), { level: 9 }).length);
  return sizes.get(name);
}

function named(html, pattern) {
  return [...new Set([...html.matchAll(pattern)].map(([, name]) => name))];
}

function measure({ name, html }) {
  const old = new Set(named(html, /<script[^>]+src="(\/_next[^"]+)"[^>]*noModule/gi));
  const scripts = named(html, /<script[^>]+src="(\/_next[^"]+)"/g).filter((script) => !old.has(script));
  const styles = named(html, /<link[^>]+href="(\/_next[^"]+\.css)"/g);
  const fonts = named(html, /<link[^>]+href="(\/_next[^"]+\.woff2)"/g);
  const sum = (names) => names.reduce((bytes, each) => bytes + zipped(each), 0);
  const early = Object.entries(LATER)
    .filter(([, pattern]) => scripts.some((script) => pattern.test(fs.readFileSync(path.join(OUT, script), "utf8"))))
    .map(([what]) => what);
  return {
    name,
    scripts: sum(scripts),
    styles: sum(styles),
    html: zlib.gzipSync(html, { level: 9 }).length,
    fonts: fonts.length,
    fontBytes: fonts.reduce((bytes, font) => bytes + fs.statSync(path.join(OUT, font)).size, 0),
    early,
  };
}

const kib = (bytes) => (bytes / KIB).toFixed(1).padStart(7);
const limit = `${"limit".padEnd(26)}${kib(LIMITS.scripts)}${kib(LIMITS.styles)}${kib(LIMITS.html)}`;
console.log(`${"KiB, gzip".padEnd(26)}${"scripts".padStart(7)}${"styles".padStart(7)}${"page".padStart(7)}  fonts`);
console.log(`${limit}  ${LIMITS.fonts}, ${LIMITS.fontBytes / 1000} KB`);

let isOver = false;
for (const page of pages().map(measure)) {
  const over = Object.keys(LIMITS).filter((what) => page[what] > LIMITS[what]);
  const problems = [...over, ...page.early.map((what) => `${what} in the first load`)];
  isOver ||= problems.length > 0;
  const numbers = `${kib(page.scripts)}${kib(page.styles)}${kib(page.html)}  ${page.fonts}, ${(page.fontBytes / 1000).toFixed(1)} KB`;
  console.log(`${page.name.padEnd(26)}${numbers}${problems.length ? `  over: ${problems.join(", ")}` : ""}`);
}
process.exitCode = isOver ? 1 : 0;
