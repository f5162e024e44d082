import type { Page } from "@playwright/test";
import { balanceOf, describePicture, expect, test } from "./fixtures";
import { ask, lines, newPerson, post } from "./people";

const BAR = "You are offline. What you write is kept.";
const CHECKING = "We are not sure it went through. Checking…";

/** What is only said together by the code that says what became of a press. */
const PRESSES = ["Trying again in", "Nothing is charged twice"];

/** Waits until the page has the code that says all of these words, which is loaded a moment after the page. */
async function hasLoaded(page: Page, ...words: string[]): Promise<void> {
  const scripts = new Map<string, string>();
  const hasThem = async () => {
    const names = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    for (const name of names) {
      // The page itself does not ask for them: it records so many requests and no more.
      if (name.endsWith(".js") && !scripts.has(name)) scripts.set(name, await (await page.request.get(name)).text());
    }
    return [...scripts.values()].some((script) => words.every((each) => script.includes(each)));
  };
  await expect.poll(hasThem).toBe(true);
}

test.beforeEach(({ watch }) => {
  watch.expectLost(/./);
});

test("offline, a heart waits, and arrives with the connection", async ({ page, context, person, signIn }) => {
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Slow river");
  await signIn(person, `/post?id=${id}`);
  const heart = page.getByRole("button", { name: /^Like,/ });
  await expect(heart).toBeVisible();
  await hasLoaded(page, BAR);
  await context.setOffline(true);
  await expect(page.getByText(BAR)).toBeVisible();
  await expect(page.getByText("Reconnecting…").first()).toBeAttached();
  await heart.click();
  await expect(heart).toHaveAttribute("aria-pressed", "true");
  expect((await ask(person, "get-post", { id })).liked).toBe(false);

  await context.setOffline(false);
  await expect(page.getByText(BAR)).toBeHidden();
  await expect.poll(async () => (await ask(person, "get-post", { id })).liked).toBe(true);
  await expect(heart).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByText("Reconnecting…")).toHaveCount(0);
});

test("offline, what is written is kept, and a press is charged once when the connection is back", async ({
  page,
  context,
  person,
  signIn,
}) => {
  await signIn(person, "/image-generator");
  await expect(page.getByText(/You have 10, 5 left after/)).toBeVisible();
  await hasLoaded(page, BAR);
  await hasLoaded(page, ...PRESSES);
  await context.setOffline(true);
  await expect(page.getByText(BAR)).toBeVisible();
  await (await describePicture(page, "Rain on the pier")).click();
  await expect(page.getByText(CHECKING)).toBeVisible();

  await context.setOffline(false);
  await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");
  await expect(balanceOf(page)).toContainText("5");
  expect(await lines(person, "generation_spend")).toHaveLength(1);
  await page.reload();
  await expect(page.getByLabel("What should it show?")).toHaveValue("Rain on the pier");
});

test("what tells of a press is asked for again where it could not be loaded", async ({ page, signIn, watch }) => {
  watch.expectProblem(403);
  watch.expectError(/chunk/i);
  let isLost = true;
  await page.route("**/_next/static/chunks/*.js", async (route) => {
    const response = await route.fetch();
    const script = await response.text();
    if (isLost && PRESSES.every((words) => script.includes(words))) await route.abort();
    else await route.fulfill({ response });
  });
  await signIn(await newPerson({ isVerified: false }), "/buy-tokens");
  await page.getByRole("button", { name: /^Buy Now Starter/ }).click();
  const main = page.getByRole("main");
  await expect(main.getByText("We can’t reach Guilder.")).toBeVisible();
  isLost = false;
  await main.getByRole("button", { name: "Try again" }).click();
  await expect(main.getByText("Verify your e-mail first. We sent you a link.")).toBeVisible();
});
