import { randomUUID } from "node:crypto";
import { expect, test } from "./fixtures";
import { endpoints } from "./local";
import { newPerson } from "./people";

test("unverified: the link is sent again, and then not for a minute", async ({ page, signIn, watch }) => {
  watch.expectProblem(403);
  await signIn(await newPerson({ isVerified: false }), "/buy-tokens");
  await page.getByRole("button", { name: /^Buy Now Starter/ }).click();
  const main = page.getByRole("main");
  await expect(main.getByText("Verify your e-mail first. We sent you a link.")).toBeVisible();
  await main.getByRole("button", { name: "Send it again" }).last().click();
  await expect(page.getByText("The link is on its way.")).toBeVisible();
  await expect(main.getByRole("button", { name: /^Send it again in \d+ s$/ }).last()).toBeDisabled();
  await page.reload();
  await expect(main.getByRole("button", { name: /^Send it again in \d+ s$/ })).toBeDisabled();
});

test("a key that was used for something else: what was made is shown, and the new one gets its own key", async ({
  page,
  person,
  signIn,
  watch,
}) => {
  watch.expectProblem(409);
  await signIn(person, "/image-generator");
  const key = randomUUID();
  const used = { feature: "image", prompt: "Another kite", publish: false };
  const headers = {
    Authorization: `Bearer ${person.token}`,
    "Content-Type": "application/json",
    "Idempotency-Key": key,
  };
  await fetch(`${endpoints.gateway}/api/generate`, { method: "POST", headers, body: JSON.stringify(used) });
  await page.route(
    "**/api/generate",
    (route) => route.continue({ headers: { ...route.request().headers(), "idempotency-key": key } }),
    { times: 1 },
  );
  await page.getByLabel("What should it show?").fill("A kite");
  await page.getByRole("button", { name: /^Generate/ }).click();
  await expect(page.getByText("This was sent before with other words.")).toBeVisible();
  await expect(page.getByRole("link", { name: "See what was made" })).toHaveAttribute("href", /#pictures$/);
  await page.getByRole("button", { name: "Send the new one" }).click();
  await expect(page.getByRole("article", { name: "A kite", exact: true })).toContainText("Spent 5 tokens.");
});

test("an account that is gone is opened, and the same is sent once more", async ({ page, person, signIn, watch }) => {
  watch.expectProblem(404);
  await signIn(person, "/buy-tokens");
  await expect(page.getByRole("button", { name: /^Buy Now Starter/ })).toBeEnabled();
  const document = `projects/${endpoints.projectId}/databases/(default)/documents/users/${person.uid}`;
  const gone = await fetch(`http://${endpoints.firestore}/v1/${document}`, {
    method: "DELETE",
    headers: { Authorization: "Bearer owner" },
  });
  expect(gone.ok).toBe(true);
  await page.getByRole("button", { name: /^Buy Now Starter/ }).click();
  await page.waitForURL(`${endpoints.stripe}/**`);
});
