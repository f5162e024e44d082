// Prints what a slow phone makes of the pages, beside the limits: the largest paint, shifts, long tasks, what a visitor
// asks the API for, and how soon a press is answered. The site is that of `$ENDPOINTS`, with the gallery of `make show`.
//
// A time beyond its limit is told, and fails nothing, because machines are noisy. Exits with 1 where a number that is
// exact is beyond its limit: shifts, and what a visitor asks for.

import { chromium } from "@playwright/test";
import { launchOptions } from "./browser.mjs";
import { endpoints } from "./endpoints.mjs";
import { ADA, signIn } from "./sign-in.mjs";

const RUNS = 3;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const LINE = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const SLOWDOWN = 4;

/** The pages, and how many milliseconds their largest paint may take. */
const PAGES = { "/": 2500, "/buy-tokens": 2000, "/tokens/cancel": 2000, "/image-generator": 2000 };
const LIMITS = { shift: 0.05, long: 300, press: 200, calls: 2 };

/** What somebody does who is signed in. Each press is made by `press`, and measured. */
const DEEDS = {
  "like a picture": async (page, press) => {
    await page.goto("/");
    const heart = page.getByRole("button", { name: /^Like/ }).first();
    for (let time = 0; time < 4; time++) await press(() => heart.click());
  },
  "filter the history": async (page, press) => {
    await page.goto("/wallet");
    const chips = page.locator("fieldset").first().getByRole("button");
    await chips.nth(2).waitFor();
    for (const place of [1, 2, 0]) await press(() => chips.nth(place).click());
  },
  "type a prompt": async (page, press) => {
    await page.goto("/image-generator");
    await press(() => page.locator("[name=prompt]").pressSequentially("Nocturne for two kites"));
  },
  "open a dialog": async (page, press) => {
    await page.goto(`/post?id=${await somebodyElsesPost()}`);
    for (let time = 0; time < 3; time++) {
      await press(() => page.getByRole("button", { name: "Tip", exact: true }).click());
      await page.getByRole("dialog").waitFor();
      await press(() => page.keyboard.press("Escape"));
    }
  },
};

async function somebodyElsesPost() {
  const answer = await fetch(`${endpoints.web}/api/get-feed`);
  const { posts } = await answer.json();
  return posts.find((post) => post.author.displayName !== ADA.name).id;
}

/** Runs in the page, before anything else does. */
function observe() {
  const seen = { paint: 0, what: "", shift: 0, long: 0, press: 0 };
  window.vitals = seen;
  const watch = (type, note, more = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...more });
  watch("largest-contentful-paint", (entry) => {
    seen.paint = entry.startTime;
    seen.what = entry.url ? "a picture" : "text";
  });
  watch("layout-shift", (entry) => {
    if (!entry.hadRecentInput) seen.shift += entry.value;
  });
  watch("longtask", (entry) => {
    seen.long += entry.duration - 50;
  });
  const note = (entry) => {
    if (entry.interactionId) seen.press = Math.max(seen.press, entry.duration);
  };
  watch("event", note, { durationThreshold: 16 });
}

async function slowPhone(browser) {
  const context = await browser.newContext({ ...PHONE, baseURL: endpoints.web, locale: "en-US" });
  const page = await context.newPage();
  await page.addInitScript(observe);
  const devtools = await context.newCDPSession(page);
  return {
    page,
    context,
    slow: async () => {
      await devtools.send("Network.enable");
      await devtools.send("Network.emulateNetworkConditions", LINE);
      await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
    },
  };
}

/** One visit of somebody who was never here. */
async function visit(browser, path) {
  const { page, context, slow } = await slowPhone(browser);
  await slow();
  const calls = [];
  let pictures = 0;
  page.on("request", (request) => {
    const { host, pathname } = new URL(request.url());
    const isFirebase = [endpoints.auth, endpoints.firestore].includes(host);
    if (isFirebase || (pathname.startsWith("/api/") && pictures === 0)) calls.push(isFirebase ? host : pathname);
  });
  page.on("requestfinished", (request) => {
    if (request.resourceType() === "image") pictures++;
  });
  await page.goto(path);
  if (path === "/") await page.waitForFunction(() => document.querySelector("article img")?.complete);
  await page.waitForLoadState("networkidle");
  const seen = await page.evaluate(() => window.vitals);
  await context.close();
  return { ...seen, calls: path === "/" ? calls : [] };
}

/** How long the slowest press of a deed waited for the next frame. */
async function worstPress({ page }, deed) {
  let worst = 0;
  await deed(page, async (act) => {
    await act();
    // An entry is queued when its frame is on the screen.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done)))),
    );
    worst = Math.max(worst, await page.evaluate(() => window.vitals.press));
  });
  return worst;
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`.padStart(8);
const milliseconds = (ms) => `${Math.round(ms)} ms`.padStart(8);

const late = [];
const problems = [];

/** A number beside its limit, and a sentence in `over` where it is beyond. */
function beside(over, what, value, limit, format) {
  if (value > limit) over.push(`${what}: ${format(value).trim()}, the limit is ${format(limit).trim()}`);
  return `${format(value)} of ${format(limit).trim()}`.padEnd(20);
}

const browser = await chromium.launch(launchOptions());
console.log(`A phone of ${PHONE.viewport.width} px at 1.6 Mbit/s, 150 ms and a ${SLOWDOWN} times slower processor`);
console.log(`${"".padEnd(20)}  largest paint        shifts              long tasks`);
for (const [path, limit] of Object.entries(PAGES)) {
  const visits = [];
  for (let run = 0; run < RUNS; run++) visits.push(await visit(browser, path));
  const middle = (name) => median(visits.map((each) => each[name]));
  const paint = beside(late, `${path}, largest paint`, middle("paint"), limit, seconds);
  const shift = beside(problems, `${path}, shifts`, middle("shift"), LIMITS.shift, (value) =>
    value.toFixed(3).padStart(6),
  );
  const long = beside(late, `${path}, long tasks`, middle("long"), LIMITS.long, milliseconds);
  console.log(`${path.padEnd(20)}${paint}${shift}${long}${visits[0].what}`);
  if (path === "/") {
    const calls = visits.find((each) => each.calls.length > LIMITS.calls)?.calls ?? visits[0].calls;
    if (calls.length > LIMITS.calls || calls.some((call) => !call.startsWith("/api/"))) {
      problems.push(`${path} asks for ${calls.join(", ")} before the first picture`);
    }
    console.log(`${"".padEnd(20)}  before the first picture: ${calls.join(", ")}`);
  }
}

console.log(`\n${"".padEnd(20)}  slowest press`);
const phone = await slowPhone(browser);
await signIn(phone.page, ADA);
await phone.slow();
for (const [name, deed] of Object.entries(DEEDS)) {
  const worst = await worstPress(phone, deed);
  console.log(`${name.padEnd(20)}${beside(late, name, worst, LIMITS.press, milliseconds)}`);
}
await browser.close();

for (const time of late) console.log(`late: ${time}`);
for (const problem of problems) console.error(`over: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
