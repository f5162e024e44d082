import { balanceOf, expect, test } from "./fixtures";
import { endpoints } from "./local";
import { newAdministrator } from "./operators";
import { call, lines, newPerson } from "./people";
import { misprice } from "./stored";

test("a parked order is resolved while its buyer looks", async ({ page, person, signIn, another }) => {
  const { sessionId } = await call(person, "create-checkout", { package: "starter" });
  await misprice(String(sessionId), 1);
  await signIn(person, "/wallet");
  await page.goto(`${endpoints.stripe}/c/pay/${sessionId}`);
  await page.locator("#email").fill("card@example.com");
  await page.locator("#pay").click();
  await expect(page.getByRole("heading", { name: "Somebody is looking at it" })).toBeVisible();
  await expect(balanceOf(page)).toContainText("10");

  const desk = await another();
  await signIn(await newAdministrator("Olu Grant"), "/operator", desk);
  const parked = desk.getByRole("listitem", { name: String(sessionId) });
  await parked.getByRole("button", { name: "Credit it" }).click();
  await expect(parked.getByText("Choose a reason.")).toBeVisible();
  await parked.getByLabel("Reason").selectOption("correction");
  await parked.getByRole("button", { name: "Credit it" }).click();
  await expect(desk.getByText(`The order …${String(sessionId).slice(-8)} is paid.`)).toBeVisible();
  await expect(parked).toHaveCount(0);

  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  await expect(balanceOf(page)).toContainText("60");
});

test("a large grant waits for a second person, and comes once", async ({ page, person, signIn, another, watch }) => {
  const asking = await newAdministrator("Olu Grant");
  const note = `An outage of a week, ${person.uid}`;
  await signIn(asking, `/operator?user=${person.uid}`);
  const grant = page.getByRole("form", { name: "Grant tokens" });
  await grant.getByLabel("Tokens").fill("600");
  await grant.getByLabel("Reason").selectOption("goodwill");
  await grant.getByLabel("Note").fill(note);
  await grant.getByRole("button", { name: "Grant tokens" }).click();
  await expect(page.getByText("It waits for a second administrator.")).toBeVisible();

  // Whoever asked cannot decide.
  watch.expectProblem(403);
  await page.goto("/operator?kind=grants");
  const own = page.getByRole("listitem").filter({ hasText: note });
  await own.getByRole("button", { name: "Approve" }).click();
  await expect(own.getByText(/Another administrator has to decide this\./)).toBeVisible();

  const second = await another();
  await signIn(await newAdministrator("Mika Tanaka"), "/operator?kind=grants", second);
  const waiting = second.getByRole("listitem").filter({ hasText: note });
  await waiting.getByRole("button", { name: "Approve" }).click();
  await expect(second.getByText("Granted. The balance is 610.")).toBeVisible();
  await expect(waiting).toHaveCount(0);
  expect((await lines(person, "admin_credit")).map(({ amount }) => amount)).toEqual([600]);
});

test("one account: freeze, lift, rebuild, and a grant by its e-mail", async ({ page, signIn, watch }) => {
  watch.expectProblem(404);
  const ada = await newPerson({ packages: ["starter"] });
  await signIn(await newAdministrator("Olu Grant"), "/operator");
  await page.getByLabel("User id or e-mail").fill("nobody@example.com");
  await page.keyboard.press("Enter");
  await expect(page.getByText("There is no such account.")).toBeVisible();
  await page.getByLabel("User id or e-mail").fill(ada.email);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/operator?user=${ada.uid}`);
  await expect(page.getByText(ada.email)).toBeVisible();

  const actions = page.getByRole("region", { name: "Actions" });
  await actions.getByLabel("Reason").last().selectOption("support");
  await actions.getByRole("button", { name: "Freeze", exact: true }).click();
  await expect(page.getByText("Frozen: operator.")).toBeVisible();
  await actions.getByLabel("Reason").last().selectOption("support");
  await actions.getByRole("button", { name: "Lift the freeze" }).click();
  await expect(page.getByText("Nothing freezes the wallet any more.")).toBeVisible();
  await actions.getByLabel("Reason").last().selectOption("correction");
  await actions.getByRole("button", { name: "Rebuild from the ledger" }).click();
  await expect(page.getByText("Rebuilt: the balance was 60 and is 60.")).toBeVisible();

  const grant = page.getByRole("form", { name: "Grant tokens" });
  await grant.getByLabel("Tokens").fill("5");
  await grant.getByLabel("Reason").selectOption("goodwill");
  await page.keyboard.press("Enter");
  await grant.getByRole("button", { name: "Grant tokens" }).click();
  await expect(page.getByText("Granted. The balance is 65.")).toBeVisible();
});

test("whoever has another claim, or none, sees nothing", async ({ page, person, signIn }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto("/operator");
  await expect(page.getByText("There is no such page.")).toBeVisible();
  await signIn(person, `/operator?user=${person.uid}`);
  await expect(page.getByText("There is no such page.")).toBeVisible();
  expect(asked.filter((path) => /list-attention|get-account/.test(path))).toEqual([]);
});
