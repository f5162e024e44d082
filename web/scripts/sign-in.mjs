/** One of the people in local/show/scene.py. */
export const ADA = { name: "Ada Okafor", email: "ada@example.com", password: "secret1" };

/** Signs somebody in as people do, and comes out at `next`. */
export async function signIn(page, { email, password }, next = "/") {
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  await page.getByTestId("balance").filter({ visible: true, hasText: /\d/ }).waitFor();
}
