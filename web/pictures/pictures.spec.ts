import fs from "node:fs";
import type { Page } from "@playwright/test";
import { expect, payAtStripe, test } from "../e2e/fixtures";
import { endpoints } from "../e2e/local";
import { newPerson } from "../e2e/people";
import { ADA, signIn } from "../scripts/sign-in.mjs";

const FOLDER = new URL("../../docs/web/", import.meta.url);
const MOST_BYTES = 150_000;
const QUALITIES = [86, 78, 70, 60, 50];

/** Takes the picture as good as its size allows. Chromium writes WebP only where it is asked for it directly. */
async function take(page: Page, name: string): Promise<void> {
  await expect(page.locator(".skeleton")).toHaveCount(0);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete || image.loading === "lazy"));
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  const devtools = await page.context().newCDPSession(page);
  const clip = await page.evaluate(() => {
    return { x: scrollX, y: scrollY, width: innerWidth, height: innerHeight, scale: devicePixelRatio };
  });
  for (const quality of QUALITIES) {
    const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality, clip });
    const picture = Buffer.from(data, "base64");
    if (picture.length > MOST_BYTES) continue;
    fs.mkdirSync(FOLDER, { recursive: true });
    fs.writeFileSync(new URL(`${name}-${test.info().project.name}.webp`, FOLDER), picture);
    return;
  }
  throw new Error(`${name} does not fit into ${MOST_BYTES} bytes`);
}

async function postOf(author: string): Promise<string> {
  const answer = await fetch(`${endpoints.web}/api/get-feed?limit=50`);
  const { posts } = (await answer.json()) as { posts: { id: string; author: { displayName: string } }[] };
  return posts.find((post) => post.author.displayName === author)?.id ?? "";
}

test("explore", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("article").nth(11)).toBeVisible();
  await take(page, "explore");
});

test("post", async ({ page }) => {
  await signIn(page, ADA, `/post?id=${await postOf("Noor Haddad")}`);
  await expect(page.getByRole("button", { name: "Tip", exact: true })).toBeEnabled();
  await take(page, "post");
});

test("create", async ({ page }) => {
  await signIn(page, ADA, "/image-generator");
  await page.getByLabel("What should it show?").fill("A harbor at first light, boats like folded paper");
  await page.getByLabel("Areas").fill("boats, sky");
  await page.getByLabel("Caption").fill("Paper fleet");
  await expect(page.getByRole("button", { name: "Generate · 10 tokens" })).toBeEnabled();
  await expect(page.getByTestId("charge").first()).toHaveText("Spent 5 tokens.");
  await take(page, "create");
});

test("too few tokens", async ({ page }) => {
  await signIn(page, await newPerson({ name: "Ida Sand" }), "/image-generator");
  await page.getByLabel("What should it show?").fill("A lighthouse in fog");
  await page.getByLabel("Areas").fill("sky, sea, tower");
  await page.getByRole("button", { name: "Generate · 15 tokens" }).click();
  await expect(page.getByRole("dialog").getByText("Starter Token Pack")).toBeVisible();
  await take(page, "too-few");
});

test("buy", async ({ page }) => {
  await signIn(page, ADA, "/buy-tokens");
  await expect(page.getByRole("button", { name: /Buy Now/ }).first()).toBeEnabled();
  await take(page, "buy");
});

test("receipt", async ({ page }) => {
  await signIn(page, await newPerson({ name: "Ida Sand" }), "/buy-tokens");
  await page.getByRole("button", { name: /^Buy Now Popular/ }).click();
  await payAtStripe(page);
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  await take(page, "receipt");
});

test("wallet", async ({ page }) => {
  await signIn(page, ADA, "/wallet");
  await expect(page.getByTestId("line").nth(5)).toBeAttached();
  await take(page, "wallet");
});

test("sign-in", async ({ page }) => {
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await take(page, "sign-in");
});
