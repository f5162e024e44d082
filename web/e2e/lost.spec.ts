import type { Page } from "@playwright/test";
import { balanceOf, describePicture, expect, test } from "./fixtures";
import { lines, newPerson, post } from "./people";

const CHECKING = "We are not sure it went through. Checking…";

/** Has the first answers of a function be lost after the server gave them. Returns the keys that it was asked with. */
async function loseAnswers(page: Page, path: string, times: number): Promise<Set<string | undefined>> {
  const keys = new Set<string | undefined>();
  let sent = 0;
  await page.route(`**${path}`, async (route) => {
    keys.add(route.request().headers()["idempotency-key"]);
    sent += 1;
    const response = await route.fetch();
    if (sent <= times) await route.abort("connectionreset");
    else await route.fulfill({ response });
  });
  return keys;
}

test("a double click and a reload during generate charge once", async ({ page, person, signIn }) => {
  await signIn(person, "/image-generator");
  await (await describePicture(page, "A kite")).dblclick();
  await page.reload();
  await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");
  await expect(page.getByLabel("What should it show?")).toHaveValue("A kite");
  expect(await lines(person, "generation_spend")).toHaveLength(1);
});

test("a lost answer to generate is asked for with the same key", async ({ page, person, signIn, watch }) => {
  watch.expectLost(/api\/generate/);
  await signIn(person, "/image-generator");
  const keys = await loseAnswers(page, "/api/generate", 1);
  await (await describePicture(page, "A lost answer")).click();
  await expect(page.getByText(CHECKING)).toBeVisible();
  await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");
  await expect(page.getByText(CHECKING)).toBeHidden();
  expect(keys.size).toBe(1);
  expect(await lines(person, "generation_spend")).toHaveLength(1);
});

test("a lost answer to a tip is asked for with the same key", async ({ page, person, signIn, watch }) => {
  watch.expectLost(/api\/tip/);
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Marigold");
  await signIn(person, `/post?id=${id}`);
  const keys = await loseAnswers(page, "/api/tip", 1);
  await page.getByRole("button", { name: "Tip", exact: true }).click();
  await page.getByRole("button", { name: /^Send / }).dblclick();
  await expect(page.getByText(CHECKING)).toBeVisible();
  await expect(page.getByText(/sent to Ben Lindqvist\./)).toBeVisible();
  expect(keys.size).toBe(1);
  expect(await lines(person, "tip_sent")).toHaveLength(1);
});

test("where no answer ever comes, it says so, and the next press asks about the first", async ({
  page,
  person,
  signIn,
  watch,
}) => {
  watch.expectLost(/api\/generate/);
  await signIn(person, "/image-generator");
  const keys = await loseAnswers(page, "/api/generate", 5);
  await page.clock.install();
  const button = await describePicture(page, "A wall of silence");
  await button.click();
  for (const seconds of [1, 2, 4, 8]) {
    await expect(page.getByText(CHECKING)).toBeVisible();
    const again = page.waitForEvent("requestfailed", (request) => request.url().includes("/api/generate"));
    await page.clock.fastForward(seconds * 1000);
    await again;
  }
  await expect(page.getByText("We can’t reach Guilder. Nothing is charged twice:").first()).toBeVisible();
  await button.click();
  await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");
  expect(keys.size).toBe(1);
  expect(await lines(person, "generation_spend")).toHaveLength(1);
});

for (const way of ["Finish · 5 tokens", "Forget it"]) {
  test(`the page is closed between press and answer: ${way}`, async ({ page, context, person, signIn, watch }) => {
    watch.expectLost(/api\/generate/);
    await signIn(person, "/image-generator");
    // The server is reached; the page is gone before it answers.
    const reached = new Promise<void>((resolve) => {
      context.route("**/api/generate", async (route) => {
        await route.fetch();
        resolve();
        await route.abort().catch(() => undefined);
      });
    });
    await (await describePicture(page, "A closed page")).click();
    await reached;
    await context.unroute("**/api/generate");
    await page.goto("/");

    await expect(page.getByText("The connection broke when you pressed Generate.")).toBeVisible();
    await page.getByRole("button", { name: way }).click();
    await expect(page.getByText("The connection broke when you pressed Generate.")).toBeHidden();
    await expect(balanceOf(page)).toContainText("5");
    expect(await lines(person, "generation_spend")).toHaveLength(1);
  });
}
