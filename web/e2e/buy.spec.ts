import { balanceOf, expect, payAtStripe, test } from "./fixtures";
import { buy, lines, newPerson, packageNamed, priceOf } from "./people";
import { widthsOf } from "./sampling";

for (const [name, viewport] of widthsOf("a package")) {
  test(`a package is bought, and its receipt is the line of the ledger, ${name}`, async ({ page, person, signIn }) => {
    await page.setViewportSize(viewport);
    const popular = await packageNamed("popular");
    await signIn(person, "/buy-tokens");
    await expect(page.getByTestId("package-popular")).toContainText(priceOf(popular));
    await page.getByRole("button", { name: `Buy Now ${popular.name}` }).click();
    await payAtStripe(page);

    await page.waitForURL("**/tokens/success**");
    await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
    const receipt = page.getByRole("region", { name: "Receipt" });
    await expect(receipt).toContainText(`+${popular.tokens}`);
    await expect(receipt).toContainText(popular.name);
    await expect(receipt).toContainText(priceOf(popular));
    await expect(balanceOf(page)).toContainText(String(10 + popular.tokens));
    expect((await lines(person, "purchase")).map(({ amount }) => amount)).toEqual([popular.tokens]);

    await page.getByRole("button", { name: "Was I charged?" }).click();
    await expect(page.getByRole("dialog")).toContainText(`You paid ${priceOf(popular)}.`);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Start Creating" }).click();
    await expect(page.getByRole("heading", { name: "Create", level: 1 })).toBeVisible();
  });
}

test("a receipt that is loaded again credits nothing and celebrates nothing", async ({ page, person, signIn }) => {
  await signIn(person, "/buy-tokens");
  await page.getByRole("button", { name: /^Buy Now Starter/ }).click();
  await payAtStripe(page);
  await expect(page.locator("canvas")).toHaveCount(1);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  await expect(page.locator("canvas")).toHaveCount(0);
  expect(await lines(person, "purchase")).toHaveLength(1);
});

test("a checkout that is left buys nothing, and answers what people ask", async ({ page, person, signIn }) => {
  await signIn(person, "/buy-tokens");
  await page.getByRole("button", { name: /^Buy Now Starter/ }).click();
  await page.locator("#cancel").click();
  await page.waitForURL("**/tokens/cancel");
  await expect(page.getByRole("heading", { name: "Purchase Canceled" })).toBeVisible();
  await expect(page.getByText("Nothing was charged.")).toBeVisible();
  await expect(page.locator("details")).toHaveCount(6);
  await page.getByText("Do they expire?").click();
  await expect(page.getByText(/your wallet says which end when/)).toBeVisible();
  await page.getByRole("link", { name: "Try Again" }).click();
  await page.waitForURL("**/buy-tokens");
  expect(await lines(person)).toHaveLength(1);
});

test("who goes back from Stripe's page can press again", async ({ page, person, signIn }) => {
  await signIn(person, "/buy-tokens");
  const button = page.getByRole("button", { name: /^Buy Now Starter/ });
  await button.click();
  await page.locator("#pay").waitFor();
  await page.goBack();
  await expect(button).toBeEnabled();
  await button.click();
  await payAtStripe(page);
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  expect(await lines(person, "purchase")).toHaveLength(1);
});

test("the purchase of another account says so", async ({ page, person, signIn, watch }) => {
  watch.expectProblem(404, /confirm-checkout/);
  const session = await buy(await newPerson({ name: "Ben Lindqvist" }), "starter");
  await signIn(person, `/tokens/success?session_id=${session}`);
  await expect(page.getByText("We know of no such purchase in this account.")).toBeVisible();
  await expect(page.getByText("Did you pay from another one?")).toBeVisible();
  expect(await lines(person, "purchase")).toHaveLength(0);
});

test("a plan is bought, marked as one's own, and managed on Stripe's page", async ({ page, person, signIn }) => {
  await signIn(person, "/buy-tokens");
  await page.getByRole("tab", { name: "Plans and passes" }).click();
  await page.getByRole("button", { name: "Subscribe Plus" }).click();
  await payAtStripe(page);
  await expect(page.getByText(/Your plan Plus has begun\./)).toBeVisible();
  await page.goto("/buy-tokens?tab=plans");
  const plus = page.getByTestId("plan-plus");
  await expect(plus).toContainText("Your plan");
  await plus.getByRole("button", { name: "Manage Plus" }).click();
  await page.waitForURL(/\/p\/session\//);
});
