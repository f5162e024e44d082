import { balanceOf, expect, payAtStripe, test } from "../fixtures";
import { lines } from "../people";
import { daysLater } from "../stripe";

const DECLINED_LATER = "can be saved; every payment is declined";

test("a plan brings tokens each month, and a payment that fails is made good", async ({
  page,
  person,
  signIn,
  watch,
}) => {
  test.slow();
  // The page of an invoice that is paid.
  watch.expectProblem(410, /\/i\//);
  await signIn(person, "/buy-tokens?tab=plans");
  await page.getByRole("button", { name: "Subscribe Plus" }).click();
  await payAtStripe(page);
  await expect(page.getByText("Your plan Plus has begun.")).toBeVisible();
  await expect(balanceOf(page)).toContainText("140");

  await page.goto("/wallet");
  const planLines = page.getByTestId("line").filter({ hasText: "Plan tokens, Plus" });
  await expect(planLines).toHaveCount(1);
  await expect(page.getByRole("region", { name: "What ends when" })).toContainText("130 tokens end on");
  await daysLater(32);
  await expect(planLines).toHaveCount(2);

  await page.goto("/settings");
  const plan = page.getByRole("region", { name: "Plan" });
  await expect(plan).toContainText(/Renews on /);
  await plan.getByRole("button", { name: "Manage" }).click();
  await page.getByText("Use another card").click();
  await page.getByText(DECLINED_LATER).click();
  await page.getByRole("button", { name: "Save this card" }).click();
  await page.getByRole("link", { name: "Return to the shop" }).click();
  await page.waitForURL("**/settings");

  await daysLater(32);
  await expect(plan.getByText("The last payment failed. Pay it to keep the plan.")).toBeVisible();
  expect(await lines(person, "subscription_grant")).toHaveLength(2);
  await plan.getByRole("button", { name: "Pay now" }).click();
  await payAtStripe(page);
  await expect(page.getByText("This invoice is paid.")).toBeVisible();

  await page.goto("/settings");
  await expect(plan).toContainText(/Renews on /);
  await expect.poll(async () => (await lines(person, "subscription_grant")).length).toBe(3);
});
