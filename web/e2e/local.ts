import fs from "node:fs";

/** Where the parts of the local cloud listen. */
export type Endpoints = {
  web: string;
  gateway: string;
  auth: string;
  firestore: string;
  stripe: string;
  projectId: string;
  administrator: { userId: string; email: string; password: string };
};

const FILE = process.env.ENDPOINTS ?? new URL("../../.local/endpoints.json", import.meta.url).pathname;

export const endpoints = JSON.parse(fs.readFileSync(FILE, "utf8")) as Endpoints;

const BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser: `$CHROME`, or one in a usual place. */
export function browserPath(): string {
  const found = [process.env.CHROME, ...BROWSERS].find((path) => path && fs.existsSync(path));
  if (!found) throw new Error("The web app's tests need Chromium; on Debian: apt install chromium");
  return found;
}
