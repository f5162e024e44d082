import { expect, test } from "./fixtures";
import { ask, newPerson, post } from "./people";

test("changes the profile; an address that is not https is refused beside its field", async ({
  page,
  person,
  signIn,
}) => {
  await signIn(person, "/creator");
  await page.getByRole("button", { name: "Edit profile" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Ada of the Lake");
  await dialog.getByLabel("About you").fill("Lakes, mostly.\nAnd kites.");
  const photo = dialog.getByLabel("Address of a photo");
  for (const address of ["http://example.com/me.png", "javascript:alert(1)", 'https://example.com/"><script>']) {
    await photo.fill(address);
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog.getByText("This is not an address that begins with https://.")).toBeVisible();
    await expect(photo).toBeFocused();
  }
  await photo.fill("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Ada of the Lake" })).toBeVisible();
  await expect(page.getByText("Lakes, mostly.")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Ada of the Lake" })).toBeVisible();
});

test("edits a caption in place, and deletes the post after a question", async ({ page, person, signIn, watch }) => {
  watch.expectProblem(404, /get-post/);
  const id = await post(person, "Winter kitchen");
  await signIn(person, `/post?id=${id}`);
  await page.getByRole("button", { name: "Edit caption" }).click();
  await page.getByLabel("Caption").fill("Summer kitchen");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Summer kitchen" })).toBeVisible();

  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Summer kitchen" })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL("/creator");
  await expect(page.getByText("Your pictures will hang here.")).toBeVisible();
  await page.goto(`/p/${id}`);
  await expect(page.getByText("This picture is gone.")).toBeVisible();
  expect(await ask(null, "get-feed", { userId: person.uid })).toMatchObject({ posts: [] });
});

test("nobody else can edit or delete it", async ({ page, person, signIn }) => {
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Low orbit");
  await signIn(person, `/post?id=${id}`);
  await expect(page.getByRole("heading", { level: 1, name: "Low orbit" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Edit caption" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Delete" })).toHaveCount(0);
});
