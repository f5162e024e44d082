import { balanceOf, expect, payAtStripe, test } from "./fixtures";
import { endpoints } from "./local";
import { lines } from "./people";
import { bankDecides } from "./stripe";

test.beforeEach(async ({ page, person, signIn }) => {
  await signIn(person, "/buy-tokens");
  await page.getByRole("button", { name: /^Buy Now Starter/ }).click();
});

test("a card that is declined moves nothing, and another one pays", async ({ page, person, watch }) => {
  watch.expectProblem(402, /\/c\/pay\//);
  await payAtStripe(page, "is declined");
  await expect(page.locator("#error")).toContainText("declined");
  expect(await lines(person)).toHaveLength(1);
  await payAtStripe(page);
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  expect(await lines(person, "purchase")).toHaveLength(1);
});

test("after a declined card, who goes back finds nothing moved", async ({ page, person, watch }) => {
  watch.expectProblem(402, /\/c\/pay\//);
  await payAtStripe(page, "is declined");
  await page.locator("#error").waitFor();
  await page.locator("#cancel").click();
  await expect(page.getByText("Nothing was charged.")).toBeVisible();
  await expect(balanceOf(page)).toContainText("10");
  expect(await lines(person)).toHaveLength(1);
});

test("a bank that takes its time is waited for, and then the receipt comes by itself", async ({
  page,
  person,
  watch,
}) => {
  // It takes the clock at its word.
  watch.expectError(/Could not reach Cloud Firestore backend/);
  await page.clock.install();
  const session = await payAtStripe(page, "pays a few seconds later");
  await expect(page.getByRole("heading", { name: "Confirming your purchase…" })).toBeVisible();
  await page.clock.fastForward(10_000);
  await expect(page.getByText("Your bank is still confirming. Tokens appear by themselves;")).toBeVisible();
  await bankDecides(session);
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  await expect(balanceOf(page)).toContainText("60");
  expect(await lines(person, "purchase")).toHaveLength(1);
});

test("a payment on its way stands in the wallet until it is there", async ({ page, context }) => {
  const wallet = await context.newPage();
  await wallet.goto("/wallet");
  await expect(wallet.getByTestId("wallet-balance")).toContainText("10");
  const pending = wallet.getByText("A payment of $4.99 is still being confirmed by your bank.");
  const session = await payAtStripe(page, "pays a few seconds later");
  await expect(pending).toBeVisible();
  await bankDecides(session);
  await expect(wallet.getByTestId("wallet-balance")).toContainText("60");
  await expect(pending).toBeHidden();
});

test("a payment that fails later says that nothing was charged", async ({ page, person }) => {
  const session = await payAtStripe(page, "fails a few seconds later");
  await expect(page.getByRole("heading", { name: "Confirming your purchase…" })).toBeVisible();
  await bankDecides(session);
  await expect(page.getByText("The payment did not go through. Nothing was charged.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Try Again" })).toBeVisible();
  await page.getByRole("button", { name: "Was I charged?" }).click();
  await expect(page.getByRole("dialog")).toContainText("No. Nothing was paid.");
  expect(await lines(person)).toHaveLength(1);
});

test("where no webhook comes, the success page alone credits", async ({ page, person }) => {
  await page.waitForURL(`${endpoints.stripe}/**`);
  const session = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  const lose = new URLSearchParams({ lose: "true", about: session });
  await fetch(`${endpoints.stripe}/_local/deliveries`, { method: "POST", body: lose });
  await payAtStripe(page);
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  await expect(balanceOf(page)).toContainText("60");
  expect(await lines(person, "purchase")).toHaveLength(1);

  const { data } = await (await fetch(`${endpoints.stripe}/_local/deliveries`)).json();
  const lost = (data as { outcome: string; about: string }[]).filter((each) => each.about === session);
  expect(lost.map(({ outcome }) => outcome)).toEqual(["lost"]);
});
