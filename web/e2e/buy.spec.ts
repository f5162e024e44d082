import { balanceOf, DESK, expect, PHONE, payAtStripe, test } from "./fixtures";
import { ask, lines, newPerson } from "./people";

type Package = { id: string; name: string; tokens: number; amount: number };

async function packageNamed(id: string): Promise<Package> {
  const { packages } = (await ask(null, "get-catalog")) as { packages: Package[] };
  const found = packages.find((each) => each.id === id);
  if (!found) throw new Error(`there is no package ${id}`);
  return found;
}

for (const [name, viewport] of Object.entries({ PHONE, DESK })) {
  test(`a package is bought, and its receipt is the line of the ledger, ${name}`, async ({ page, person, signIn }) => {
    await page.setViewportSize(viewport);
    const popular = await packageNamed("popular");
    const price = `$${(popular.amount / 100).toFixed(2)}`;
    await signIn(person, "/buy-tokens");
    await expect(page.getByTestId("package-popular")).toContainText(price);
    await page.getByRole("button", { name: `Buy Now ${popular.name}` }).click();
    await payAtStripe(page);

    await page.waitForURL("**/tokens/success**");
    await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
    const receipt = page.getByRole("region", { name: "Receipt" });
    await expect(receipt).toContainText(`+${popular.tokens}`);
    await expect(receipt).toContainText(popular.name);
    await expect(receipt).toContainText(price);
    await expect(balanceOf(page)).toContainText(String(10 + popular.tokens));
    const bought = (await lines(person)).filter(({ type }) => type === "purchase");
    expect(bought.map(({ amount }) => amount)).toEqual([popular.tokens]);

    await page.getByRole("button", { name: "Was I charged?" }).click();
    await expect(page.getByRole("dialog")).toContainText(`You paid ${price}.`);
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
  expect((await lines(person)).filter(({ type }) => type === "purchase")).toHaveLength(1);
});

test("reduced motion throws no confetti", async ({ page, person, signIn }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await signIn(person, "/buy-tokens");
  await page.getByRole("button", { name: /^Buy Now Starter/ }).click();
  await payAtStripe(page);
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  await expect(page.locator("canvas")).toHaveCount(0);
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

test("another account's purchase says so", async ({ page, person, signIn, watch }) => {
  watch.expectProblem(404);
  await signIn(person, "/tokens/success?session_id=cs_test_of_somebody_else");
  await expect(page.getByText("Did you pay from another one?")).toBeVisible();
});

test("too few tokens: the smallest package that covers it, and the prompt is back", async ({
  page,
  person,
  signIn,
}) => {
  const starter = await packageNamed("starter");
  await signIn(person, "/image-generator");
  await page.getByLabel("What should it show?").fill("A lighthouse in fog");
  await page.getByLabel("Areas").fill("sky, sea, tower");
  await page.getByRole("button", { name: /^Generate/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: "5 tokens short" })).toBeVisible();
  await expect(dialog).toContainText("You have 10, this needs 15. Your prompt is kept.");
  await dialog.getByRole("button", { name: `Buy ${starter.name}` }).click();
  await payAtStripe(page);
  await page.getByRole("link", { name: "Start Creating" }).click();
  await expect(page.getByLabel("What should it show?")).toHaveValue("A lighthouse in fog");
  expect((await lines(person)).filter(({ type }) => type === "generation_spend")).toHaveLength(0);
});

test("a plan is bought, marked as one's own, and managed on Stripe's page", async ({ page, signIn }) => {
  const ada = await newPerson();
  await signIn(ada, "/buy-tokens");
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
