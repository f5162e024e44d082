import { expect, fillSignIn, test } from "./fixtures";
import { ask, newPerson, post } from "./people";

test("seven quick presses on a heart end as the last one said, and the count is right", async ({
  page,
  person,
  signIn,
}) => {
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Slow river");
  await signIn(person, `/post?id=${id}`);
  const heart = page.getByRole("button", { name: /^Like,/ });
  for (let press = 0; press < 7; press++) await heart.click();
  await expect(heart).toHaveAttribute("aria-pressed", "true");
  await expect(heart).toHaveAccessibleName("Like, 1 so far");
  await expect.poll(async () => (await ask(person, "get-post", { id })).liked).toBe(true);
  await expect.poll(async () => (await ask(person, "get-post", { id })).likeCount).toBe(1);
  await page.reload();
  await expect(heart).toHaveAttribute("aria-pressed", "true");
  await expect(heart).toHaveAccessibleName("Like, 1 so far");
});

test("the heart of whoever is not verified goes back, and says why", async ({ page, signIn, watch }) => {
  watch.expectProblem(403);
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Blue hour");
  await signIn(await newPerson({ isVerified: false }), `/post?id=${id}`);
  const heart = page.getByRole("button", { name: /^Like,/ });
  await heart.click();
  await expect(page.getByText("Verify your e-mail to like pictures.")).toBeVisible();
  await expect(heart).toHaveAttribute("aria-pressed", "false");
  await expect(heart).toHaveAccessibleName("Like, 0 so far");
});

test("a heart that is pressed signed out leads to signing in, and back", async ({ page, person }) => {
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Blue hour");
  await page.goto(`/post?id=${id}`);
  await page.getByRole("button", { name: /^Like,/ }).click();
  await page.waitForURL((url) => url.pathname === "/sign-in");
  await fillSignIn(page, person.email, person.password);
  await expect(page).toHaveURL(`/post?id=${id}`);
  await page.getByRole("button", { name: /^Like,/ }).click();
  await expect.poll(async () => (await ask(person, "get-post", { id })).liked).toBe(true);
});
