import { expect, payAtStripe, test } from "../fixtures";
import { ask, call, lines, newPerson } from "../people";

const PER_DAY = 50;

/** Uses a pass until so many pictures are left of it today. */
async function use(person: Parameters<typeof call>[0], images: number): Promise<void> {
  for (let left = images; left > 0; left -= 8) {
    const areas = Array.from({ length: Math.min(8, left) }, (_, each) => `bed ${each}`);
    const { generationId, paidBy } = await call(person, "generate", {
      feature: "landscape",
      prompt: "A garden",
      areas,
      publish: false,
    });
    expect(paidBy).toBe("pass");
    await expect
      .poll(async () => (await ask(person, "get-generation", { id: String(generationId) })).status)
      .toBe("succeeded");
  }
}

test("a pass pays until its fair use is reached; then tokens do, if one says so", async ({ page, signIn, watch }) => {
  test.slow();
  watch.expectProblem(429);
  const person = await newPerson({ packages: ["ten"] });
  await signIn(person, "/buy-tokens?tab=plans");
  const pass = page.getByTestId("plan-seven-day-pass");
  await pass.getByRole("button", { name: "Buy pass 7-day pass" }).click();
  await payAtStripe(page);
  await expect(page.getByText(/Your pass runs until /)).toBeVisible();
  await page.goto("/buy-tokens?tab=plans");
  await expect(pass).toContainText("Runs");
  await expect(pass).toContainText(/Ends on /);

  await use(person, PER_DAY);
  await page.goto("/image-generator");
  await page.getByLabel("What should it show?").fill("One more garden");
  await page.getByRole("button", { name: "Generate · 7-day pass is used up today" }).click();
  await expect(
    page.getByText(/Your plan makes no more pictures today\. Nothing was spent\. It opens again at /),
  ).toBeVisible();
  expect((await lines(person, "generation_spend")).filter(({ amount }) => amount < 0)).toHaveLength(0);
  await page.getByRole("button", { name: "Use 1 token" }).click();
  await expect(page.getByText("Spent 1 token.")).toBeVisible();
  expect((await lines(person, "generation_spend")).filter(({ amount }) => amount < 0)).toHaveLength(1);
});

test("a pass for one property asks which, and pays for that one", async ({ page, person, signIn }) => {
  await signIn(person, "/buy-tokens?tab=plans");
  const pass = page.getByTestId("plan-per-property");
  await pass.getByRole("button", { name: /One property/ }).click();
  await expect(pass.getByText("Name the property that this pass is for.")).toBeVisible();
  await pass.getByLabel("Property").fill("12-main");
  await pass.getByRole("button", { name: /One property/ }).click();
  await payAtStripe(page);
  await expect(page.getByText(/Your pass runs until /)).toBeVisible();
  await expect(page.getByRole("region", { name: "Receipt" })).toContainText("12-main");
  await page.getByRole("link", { name: "Start Creating" }).click();
  await expect(page.getByRole("button", { name: /Generate · free/ })).toBeVisible();
  await page.getByLabel("Property").fill("12-main");
  await expect(page.getByRole("button", { name: "Generate · in One property, 0 of 50 today" })).toBeVisible();
});
