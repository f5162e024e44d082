// Finds the browser in which the web app is tried: `node scripts/browser.mjs` prints where it is, or says how to get
// one and exits with 1.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

// Chromium without its windows plays the same pages in three quarters of the time.
const NAMES = ["chromium-headless-shell", "chromium", "google-chrome"];
const OF_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
const NONE = "The web app's tests need Chromium; on Debian: apt install chromium";

/** The browser that `$CHROME` names, or one in a usual place. */
export function browserPath() {
  const { CHROME, PATH = "" } = process.env;
  const usual = NAMES.flatMap((name) => PATH.split(path.delimiter).map((folder) => path.join(folder, name)));
  const found = (CHROME ? [CHROME] : [...usual, OF_MACOS]).find((file) => fs.existsSync(file));
  if (!found) throw new Error(NONE);
  return found;
}

/** How it is started: nothing but this machine can be reached, whatever a page or the browser itself asks for. */
export function launchOptions() {
  return {
    executablePath: browserPath(),
    args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(browserPath());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
