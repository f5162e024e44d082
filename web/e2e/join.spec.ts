import { balanceOf, expect, fillSignIn, test } from "./fixtures";
import { ask, lines, mailedLink, newEmail, newPerson } from "./people";
import { widthsOf } from "./sampling";

for (const [name, viewport] of widthsOf("joining")) {
  test(`joins and verifies: the bonus comes by itself, ${name}`, async ({ page, context }) => {
    await page.setViewportSize(viewport);
    const { signupBonus } = await ask(null, "get-catalog");
    const email = newEmail("Eva");
    await page.goto("/sign-in");

    await page.getByLabel("Name").fill("Eva Sand");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password", { exact: true }).fill("secret1");
    await page.getByRole("button", { name: "Create account" }).click();

    await page.waitForURL("/");
    await expect(balanceOf(page)).toContainText("0");
    await expect(page.getByText(`Verify your e-mail: we sent a link to ${email}.`)).toBeVisible();

    // The mail is read in another tab, as people do; then they look at this one again.
    const address = await page.getByRole("link", { name: "Read the local mail" }).getAttribute("href");
    const mail = await context.newPage();
    await mail.goto(address ?? "");
    await mail
      .getByRole("listitem")
      .filter({ hasText: email })
      .getByRole("link", { name: "Verify the e-mail address" })
      .click();
    await mail.waitForURL("/");
    await mail.close();
    await page.bringToFront();
    await page.evaluate(() => dispatchEvent(new Event("focus")));

    await expect(balanceOf(page)).toContainText(String(signupBonus));
    await expect(page.getByText("Verify your e-mail:")).toBeHidden();
  });
}

test("the mail is sent again, and then not at once again", async ({ page, signIn }) => {
  const eva = await newPerson({ name: "Eva Sand", isVerified: false });
  await signIn(eva, "/");
  await page.getByRole("button", { name: "Send it again" }).click();
  await expect(page.getByText("The link is on its way.")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Send it again in \d+ s$/ })).toBeDisabled();
  expect(await mailedLink(eva.email)).toContain("verifyEmail");
});

test("what is wrong with the form is said beside its field, and the first one has the focus", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByLabel("Password", { exact: true }).fill("weak");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("Name")).toBeFocused();
  await expect(page.getByText("Write a name, on one line.")).toBeVisible();
  await expect(page.getByText("This is not an e-mail address.")).toBeVisible();
  await expect(page.getByText("Use at least 6 characters.")).toBeVisible();
});

test("a wrong password and a taken e-mail are said in words", async ({ page, watch, person }) => {
  watch.expectProblem(400, /accounts:sign/);
  await page.goto("/sign-in");
  await page.getByLabel("Name").fill("Eva Sand");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill("secret1");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("There is an account with this e-mail.")).toBeVisible();

  await fillSignIn(page, person.email, "not this one");
  await expect(page.getByText("E-mail or password is wrong.")).toBeVisible();
});

test("a forgotten password is reset by mail, and the new one signs in", async ({ page, person }) => {
  await page.goto("/sign-in?next=/wallet");
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByRole("button", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText(`If there is an account for ${person.email}, a link is on its way.`)).toBeVisible();
  await fetch(`${await mailedLink(person.email)}&newPassword=another-secret`);

  await page.reload();
  await fillSignIn(page, person.email, "another-secret");
  await page.waitForURL("/wallet");
  await expect(page.getByTestId("wallet-balance")).toContainText("10");
});

for (const next of ["//evil.example", "javascript:alert(1)", "https://evil.example/x"]) {
  test(`after signing in, ${next} leads to the start page`, async ({ page, person }) => {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await fillSignIn(page, person.email, person.password);
    await expect(page).toHaveURL("/");
    await expect(balanceOf(page)).toContainText("10");
  });
}

test("signing out in one tab signs out the other, and clears everything", async ({ page, context, person, signIn }) => {
  await signIn(person, "/image-generator");
  await page.getByLabel("What should it show?").fill("A secret plan");
  const other = await context.newPage();
  await other.goto("/creator");
  await other.getByRole("button", { name: "Sign out" }).click();
  await expect(other.getByText("Sign in to see your page.")).toBeVisible();

  await expect(page.getByRole("link", { name: /Sign in to generate/ })).toBeVisible();
  await expect(page.getByLabel("What should it show?")).toHaveValue("");
  await page.reload();
  await expect(page.getByLabel("What should it show?")).toHaveValue("");
  for (const tab of [page, other]) {
    const kept = await tab.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
    expect(kept).not.toContain("secret");
    expect(kept).not.toContain(person.uid);
  }
  expect(await lines(person)).toHaveLength(1);
});
