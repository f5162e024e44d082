import type { Schemas } from "guilder-client";
import { balanceOf, describePicture, expect, payAtStripe, test } from "./fixtures";
import { ask, priceOf } from "./people";

// These are played under every economy: all that they expect, they read in the catalogue.

const catalog = async () => (await ask(null, "get-catalog")) as Schemas["CatalogAnswer"];
const count = (value: number) => value.toLocaleString("en-US");
const tokens = (value: number) => `${count(value)} ${value === 1 ? "token" : "tokens"}`;

test("what is for sale is bought at its price", async ({ page, person, signIn }) => {
  const { packages, plans, signupBonus } = await catalog();
  const [pack] = packages;
  const [plan] = plans;
  await signIn(person, "/buy-tokens");
  const receipt = page.getByRole("region", { name: "Receipt" });
  if (pack) {
    await expect(page.getByRole("button", { name: /^Buy Now/ })).toHaveCount(packages.length);
    await page.getByRole("button", { name: `Buy Now ${pack.name}, ${priceOf(pack)}` }).click();
    await payAtStripe(page);
    await expect(receipt).toContainText(`+${count(pack.tokens)}`);
    await expect(receipt).toContainText(priceOf(pack));
    await expect(balanceOf(page)).toContainText(count(signupBonus + pack.tokens));
  } else if (plan) {
    await page.getByRole("button", { name: `Subscribe ${plan.name}` }).click();
    await payAtStripe(page);
    await expect(page.getByText(`Your plan ${plan.name} has begun.`)).toBeVisible();
    await expect(receipt).toContainText(priceOf(plan));
    await page.getByRole("link", { name: "Start Creating" }).click();
    const button = await describePicture(page, "A quiet room");
    await expect(button).toHaveText(`Generate · in ${plan.name}, 0 of ${count(plan.unlimitedPerDay ?? 0)} today`);
    await button.click();
    await expect(page.getByTestId("charge")).toHaveText("Made without tokens.");
  } else throw new Error("nothing is for sale");
});

test("a picture is made, and paid for as its button says", async ({ page, person, signIn }) => {
  const { features, styles, trial, signupBonus } = await catalog();
  const [feature] = features;
  if (!feature) throw new Error("nothing can be made");
  const { cost } = feature;
  await signIn(person, "/image-generator");
  for (const { name } of features.length > 1 ? features : []) await expect(page.getByLabel(name)).toBeAttached();
  for (const { name } of styles) await expect(page.getByLabel(name)).toBeAttached();
  if (styles[0]) await page.getByText(styles[0].name, { exact: true }).click();
  const button = await describePicture(page, "A quiet room");
  const charge = page.getByTestId("charge");

  if (trial?.features.includes(feature.id)) {
    await expect(button).toHaveText(`Generate · free, ${trial.images} of ${trial.images} left`);
    await button.click();
    await expect(charge).toHaveText("Made without tokens.");
    return;
  }
  await expect(button).toHaveText(`Generate · ${tokens(cost)}`);
  if (signupBonus >= cost) {
    await expect(page.getByText(`You have ${signupBonus}, ${signupBonus - cost} left after`)).toBeVisible();
  } else {
    await button.click();
    await expect(page.getByRole("heading", { name: `${tokens(cost - signupBonus)} short` })).toBeVisible();
    await page.getByRole("dialog").getByRole("button", { name: /^Buy / }).click();
    await payAtStripe(page);
    await page.getByRole("link", { name: "Start Creating" }).click();
  }
  await button.click();
  await expect(charge).toHaveText(`Spent ${tokens(cost)}.`);
});
