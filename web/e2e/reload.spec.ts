import type { Page } from "@playwright/test";
import { balanceOf, expect, payAtStripe, test } from "./fixtures";
import { call, lines, type Person, packageNamed, post, priceOf } from "./people";

const ASKS_ITS_OWNER = "pays here; asks its owner when nobody is there";

/** Turns automatic reload on, with a card that is saved on Stripe's page. */
async function turnOn(page: Page, card?: string): Promise<void> {
  const reload = page.getByRole("region", { name: "Automatic reload" });
  await expect(reload.getByText("No card is saved yet.")).toBeVisible();
  await reload.getByLabel("When fewer tokens are left than").fill("8");
  await reload.getByRole("button", { name: "Turn on" }).click();
  await payAtStripe(page, card);
  await page.waitForURL("**/settings");
  await expect(page.getByText("Card saved. Automatic reload is on.")).toBeVisible();
}

/** Eight presses at once, in as many places. Some find too few tokens. */
async function pressEightTimes(person: Person): Promise<void> {
  const presses = Array.from({ length: 8 }, (_, each) =>
    call(person, "generate", { feature: "image", prompt: `Kite ${each}` }),
  );
  await Promise.allSettled(presses);
}

test("automatic reload buys once under eight presses, and is off with one", async ({ page, person, signIn }) => {
  const starter = await packageNamed("starter");
  await signIn(person, "/settings");
  await turnOn(page);
  const reload = page.getByRole("region", { name: "Automatic reload" });
  await expect(reload).toContainText("ending in 4242");

  await pressEightTimes(person);
  await expect(reload).toContainText(`${priceOf(starter)} of ${priceOf(starter)} used this month`);
  await expect.poll(async () => (await lines(person, "auto_reload")).map(({ amount }) => amount)).toEqual([50]);
  const spent = (await lines(person, "generation_spend")).length;
  expect(spent).toBeGreaterThanOrEqual(2);
  await expect(balanceOf(page)).toContainText(String(60 - 5 * spent));

  await reload.getByRole("button", { name: "Turn off" }).click();
  await expect(reload.getByText("It is off")).toBeVisible();
  await expect(reload.getByRole("button", { name: "Turn off" })).toHaveCount(0);
  await page.reload();
  await expect(reload.getByText("It is off")).toBeVisible();
});

test("what the form would be refused for is said beside its field", async ({ page, person, signIn }) => {
  await signIn(person, "/settings");
  const reload = page.getByRole("region", { name: "Automatic reload" });
  await reload.getByLabel("When fewer tokens are left than").fill("0");
  await expect(reload.getByText("From 1 to 100 tokens.")).toBeVisible();
  await expect(reload.getByRole("button", { name: "Turn on" })).toBeDisabled();
  await reload.getByLabel("When fewer tokens are left than").fill("5");
  await reload.getByLabel("At most in a month").fill("1");
  await expect(reload.getByText("Write an amount of at least the price of the package.")).toBeVisible();
});

test("whoever turns back on Stripe's page has saved nothing, and is told", async ({ page, person, signIn }) => {
  await signIn(person, "/settings");
  const reload = page.getByRole("region", { name: "Automatic reload" });
  await reload.getByRole("button", { name: "Turn on" }).click();
  await page.locator("#cancel").click();
  await page.waitForURL("**/settings");
  await expect(page.getByText("No card was saved, so nothing has changed.")).toBeVisible();
  await expect(reload.getByText("No card is saved yet.")).toBeVisible();
});

test("a bank that asks for the owner is answered on Stripe's page", async ({ page, person, signIn }) => {
  await signIn(person, "/settings");
  await turnOn(page, ASKS_ITS_OWNER);
  await post(person, "A kite");
  await post(person, "Another kite");
  const reload = page.getByRole("region", { name: "Automatic reload" });
  await expect(reload.getByText("Your bank wants you to confirm the payment.")).toBeVisible();
  expect(await lines(person, "auto_reload")).toHaveLength(0);
  await reload.getByRole("button", { name: "Confirm the payment" }).click();
  await payAtStripe(page, ASKS_ITS_OWNER);
  await page.waitForURL((url) => url.port !== new URL(page.url()).port || !url.pathname.startsWith("/c/pay"));
  await page.goto("/settings");
  await expect(reload.getByText("It is on")).toBeVisible();
  await expect(balanceOf(page)).toContainText("50");
});
