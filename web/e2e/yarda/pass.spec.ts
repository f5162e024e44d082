import { expect, payAtStripe, test } from "../fixtures";
import { lines, newPerson } from "../people";
import { useToday } from "../stored";

test("a pass pays until its fair use is reached; then tokens do, if one says so", async ({ page, signIn, watch }) => {
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

  await page.goto("/image-generator");
  await page.getByLabel("What should it show?").fill("A garden");
  await page.getByRole("button", { name: "Generate · in 7-day pass, 0 of 50 today" }).click();
  await expect(page.getByText("Made without tokens.")).toBeVisible();
  // More pictures than the trial, which comes before tokens, has left.
  await useToday(person.uid, 50);
  await page.getByLabel("Areas").fill("bed, path, pond, tree");
  await page.getByRole("button", { name: "Generate · 7-day pass is used up today" }).click();
  await expect(
    page.getByText(/Your plan makes no more pictures today\. Nothing was spent\. It opens again/),
  ).toBeVisible();
  const spent = async () => (await lines(person, "generation_spend")).map(({ amount }) => amount);
  expect(await spent()).toEqual([0]);
  await page.getByRole("button", { name: "Use 4 tokens" }).click();
  await expect(page.getByText("Spent 4 tokens.")).toBeVisible();
  expect(await spent()).toEqual([-4, 0]);
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
