import { type BrowserContext, test as base, expect, type Locator, type Page } from "@playwright/test";
import { endpoints } from "./local";
import { newPerson, type Person } from "./people";

export { expect } from "@playwright/test";

/** What a test expects to go wrong. Without an address, it may go wrong anywhere. */
type Watch = {
  /** Answers of this status are refusals on purpose. */
  expectProblem: (status: number, url?: RegExp) => void;
  /** Requests to such an address get no answer. */
  expectLost: (url: RegExp) => void;
  /** The pages complain of this. */
  expectError: (text: RegExp) => void;
};

type Fixtures = {
  watcher: Watcher;
  /** Fails the test on whatever it did not expect: errors of scripts, answers of 500, requests off the machine. */
  watch: Watch;
  /** Somebody verified, with the welcome bonus. */
  person: Person;
  /** Has somebody be signed in, as the browser remembers it, and goes to an address. */
  signIn: (person: Person, next?: string, page?: Page) => Promise<void>;
  /** A page in a browser of somebody else. */
  another: () => Promise<Page>;
};

/** What Chromium and Firestore's SDK say although nothing is wrong. */
const HARMLESS = [
  /net::ERR_ABORTED/,
  /net::ERR_NAME_NOT_RESOLVED/,
  /BloomFilter/,
  // The emulator forgets a channel now and then as it opens. The SDK then asks Google whether there is a network, as it
  // does wherever it has none, and opens another.
  /status of 400 \(Bad Request\) \S+Firestore\/Listen\/channel/,
  /google\.com\/images\/cleardot\.gif/,
  // A post comes a moment before its pictures, and those of one that is deleted go a moment before it.
  /status of 404 \(Not Found\) \S+\/published\//,
];
const OWN = /^(data:|blob:|about:|http:\/\/(127\.0\.0\.1|localhost)[:/])/;

/** Collects what goes wrong in every tab of the browsers that it follows. */
class Watcher implements Watch {
  readonly #found: string[] = [];
  readonly #problems: { status: number; url: RegExp }[] = [];
  readonly #lost: RegExp[] = [];
  readonly #errors: RegExp[] = [...HARMLESS];

  expectProblem = (status: number, url = /./) => void this.#problems.push({ status, url });
  expectLost = (url: RegExp) => void this.#lost.push(url);
  expectError = (text: RegExp) => void this.#errors.push(text);

  follow(context: BrowserContext): void {
    context.on("console", (message) => {
      if (message.type() !== "error") return;
      const { url } = message.location();
      const status = /status of (\d+)/.exec(message.text())?.[1];
      if (status && this.#isExpected(Number(status), url)) return;
      if (!this.#lost.some((each) => each.test(url))) this.#found.push(`console: ${message.text()} ${url}`);
    });
    context.on("weberror", (error) => this.#found.push(`page: ${error.error().stack}`));
    context.on("response", (answer) => {
      const [status, url] = [answer.status(), answer.url()];
      if (status >= 500 && !this.#isExpected(status, url)) this.#found.push(`${status} ${url}`);
    });
    context.on("request", (request) => {
      if (!OWN.test(request.url())) this.#found.push(`off the machine: ${request.url()}`);
    });
  }

  get found(): string[] {
    return this.#found.filter((each) => !this.#errors.some((expected) => expected.test(each)));
  }

  #isExpected(status: number, url: string): boolean {
    return this.#problems.some((each) => each.status === status && each.url.test(url));
  }
}

export const test = base.extend<Fixtures>({
  watcher: [
    async ({ context }, use) => {
      const watcher = new Watcher();
      watcher.follow(context);
      await use(watcher);
      expect(watcher.found).toEqual([]);
    },
    { auto: true },
  ],

  page: async ({ page }, use) => {
    await use(page);
    // A request that a test answers in the server's place may be under way as the test ends.
    await page.unrouteAll({ behavior: "ignoreErrors" });
  },

  watch: async ({ watcher }, use) => {
    await use(watcher);
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  person: async ({}, use) => {
    await use(await newPerson());
  },

  signIn: async ({ page: own }, use) => {
    await use(async (person, next = "/", page = own) => {
      await page.context().setStorageState({
        cookies: [],
        origins: [{ origin: endpoints.web, localStorage: rememberedOf(person) }],
      });
      await page.goto(next);
      await expect(balanceOf(page)).toContainText(/\d/);
    });
  },

  another: async ({ browser, watcher }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext();
      contexts.push(context);
      watcher.follow(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
});

/** What the pages and Firebase's SDK keep of whoever has signed in. */
function rememberedOf({ uid, name, email, isVerified, token, refreshToken }: Person) {
  const now = String(Date.now());
  const user = {
    uid,
    email,
    emailVerified: isVerified,
    displayName: name,
    isAnonymous: false,
    providerData: [{ providerId: "password", uid: email, displayName: name, email, phoneNumber: null, photoURL: null }],
    stsTokenManager: { refreshToken, accessToken: token, expirationTime: Date.now() + 3_600_000 },
    createdAt: now,
    lastLoginAt: now,
    apiKey: "local",
    appName: "[DEFAULT]",
  };
  return [
    { name: "signedIn", value: "1" },
    { name: "firebase:authUser:local:[DEFAULT]", value: JSON.stringify(user) },
  ];
}

/** The balance that is on the screen: in the sidebar on a desk, in the bar at the top on a phone. */
export function balanceOf(page: Page): Locator {
  return page.getByTestId("balance").filter({ visible: true });
}

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 900 };

/** Goes somewhere and waits until everything but the pictures is there. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading").first()).toBeAttached();
  await expect(page.locator(".skeleton, [aria-busy=true]").filter({ visible: true })).toHaveCount(0);
}

/** Signs in by the form that is shown. */
export async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Says what is to be made, on the page that makes it, and leaves the button to the test. */
export async function describePicture(page: Page, prompt: string, areas = ""): Promise<Locator> {
  await page.getByLabel("What should it show?").fill(prompt);
  await page.getByLabel("Areas").fill(areas);
  return page.getByRole("button", { name: /^Generate/ });
}

/** Pays on the local Stripe's page, which the browser shows, with a card by its label there. Answers the session's id. */
export async function payAtStripe(page: Page, card = "pays at once"): Promise<string> {
  await page.waitForURL(`${endpoints.stripe}/**`);
  const session = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await page.locator("#email").fill("card@example.com");
  await page.getByText(card, { exact: true }).click();
  await page.locator("#pay").click();
  return session;
}
