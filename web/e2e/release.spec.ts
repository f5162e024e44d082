import type { Page } from "@playwright/test";
import { describePicture, expect, test } from "./fixtures";
import { post } from "./people";

/**
 * Deploys in mid-visit: every script that the page has not loaded yet is gone, until a page is loaded anew. What was
 * looked for in vain stays gone where the new release is not whole. Returns how often a page was loaded since.
 */
async function deploy(page: Page, isWhole = true): Promise<() => number> {
  const gone = new Set<string>();
  let loads = 0;
  await page.route("**/*", async (route) => {
    const url = route.request().url();
    if (route.request().isNavigationRequest()) loads += 1;
    if (loads === 0 && url.includes("/_next/static/chunks/")) gone.add(url);
    if (gone.has(url) && (loads === 0 || !isWhole)) {
      await route.fulfill({ status: 404, contentType: "text/html", body: "<h1>There is no such page.</h1>" });
    } else await route.continue();
  });
  return () => loads;
}

test.beforeEach(({ watch }) => {
  watch.expectProblem(404, /_next\/static/);
  watch.expectError(/chunk/i);
});

test("a deployment in mid-visit reloads the page once, and the draft is there", async ({ page, person, signIn }) => {
  await signIn(person, "/image-generator");
  await describePicture(page, "A lighthouse in fog", "sky, sea, tower");
  const loads = await deploy(page);
  await page.getByRole("link", { name: "Wallet" }).filter({ visible: true }).click();
  await expect.poll(loads).toBe(1);
  await expect(page.getByTestId("wallet-balance")).toContainText("10");
  await page.getByRole("link", { name: "Create" }).filter({ visible: true }).click();
  await expect(page.getByLabel("What should it show?")).toHaveValue("A lighthouse in fog");
  await expect(page.getByLabel("Areas")).toHaveValue("sky, sea, tower");
  expect(loads()).toBe(1);
});

test("a release that lacks a part is not reloaded for ever", async ({ page, person, signIn }) => {
  const id = await post(person, "Winter kitchen");
  await signIn(person, `/post?id=${id}`);
  await expect(page.getByRole("button", { name: "Delete" })).toBeVisible();
  const loads = await deploy(page, false);
  await page.getByRole("button", { name: "Edit caption" }).click();
  await expect.poll(loads).toBe(1);
  await page.getByRole("button", { name: "Edit caption" }).click();
  await expect(page.getByText("Something is wrong with this page.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Reload" })).toBeVisible();
  expect(loads()).toBe(1);
});
