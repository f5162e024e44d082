import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { connect, type IntentsOptions, intents, OutcomeUnknown, Refused } from "guilder-client";
import { type Behaviour, breaksOff, hangs, html, json, problem, type Received, resets, serving } from "./server.js";
import { FullStorage, forbidden, MemoryStorage, noWaits } from "./storages.js";
import { timeouts } from "./time.js";

const TIP = { recipientId: "ben", amount: 10 };
const tipped = json({ tokenBalance: 26 });
const short = problem(402, "insufficient-tokens", { balance: 3, required: 10, shortfall: 7 });

interface Page {
  storage?: () => MemoryStorage;
  userId?: string;
  options?: IntentsOptions;
}

/** The presses of a page that is opened anew: nothing is left of an earlier one but its storage. */
function opened(origin: string, { storage = () => new MemoryStorage(), userId = "ada", options = {} }: Page = {}) {
  const api = connect(origin, () => userId);
  return intents(api, storage, userId, { ...noWaits().options, ...options });
}

/** Does the work of every request once for each key, and then fails to say so. */
function worksAnd(fails: Behaviour, done: Set<string>): Behaviour {
  return (response, request) => {
    done.add(request.key ?? "");
    fails(response, request);
  };
}

function keys(requests: readonly Received[]): string[] {
  return [...new Set(requests.map(({ key }) => key ?? "none"))];
}

test("a press is sent once, with a key, and leaves nothing behind", async (t) => {
  const server = await serving(t, tipped);
  const storage = new MemoryStorage();
  const presses = opened(server.origin, { storage: () => storage });

  assert.deepEqual(await presses.settle("/api/tip", TIP), { tokenBalance: 26 });

  assert.equal(server.requests.length, 1);
  assert.match(server.requests[0]?.key ?? "", /^[A-Za-z0-9-]{1,64}$/);
  assert.deepEqual(server.requests[0]?.body, TIP);
  assert.deepEqual([storage.length, presses.pending()], [0, []]);
});

const FAILURES = {
  hangs: (t: TestContext): Behaviour => timeouts(t).pass,
  "hangs up": () => resets,
  "breaks off": () => breaksOff,
  "answers in HTML": () => html(502),
};

for (const [what, failing] of Object.entries(FAILURES)) {
  test(`work that was done before the server ${what} is not done again`, async (t) => {
    const fails = failing(t);
    const done = new Set<string>();
    const server = await serving(t, worksAnd(fails, done), worksAnd(fails, done), worksAnd(tipped, done));
    const { waits, options } = noWaits();
    const told: [number, string][] = [];

    const answer = await opened(server.origin, { options }).settle("/api/tip", TIP, (seconds, error) => {
      told.push([seconds, error.name]);
    });

    assert.deepEqual([answer, done.size, keys(server.requests).length], [{ tokenBalance: 26 }, 1, 1]);
    assert.deepEqual(waits, [1, 2]);
    assert.deepEqual(told, [
      [1, "OutcomeUnknown"],
      [2, "OutcomeUnknown"],
    ]);
  });
}

test("five tries are made, and the next press goes on with the same key", async (t) => {
  const storage = new MemoryStorage();
  const server = await serving(t, resets, resets, resets, resets, resets, tipped);
  const { waits, options } = noWaits();
  const presses = opened(server.origin, { storage: () => storage, options });

  await assert.rejects(presses.settle("/api/tip", TIP), OutcomeUnknown);
  assert.deepEqual([server.requests.length, waits], [5, [1, 2, 4, 8]]);
  assert.deepEqual(await presses.settle("/api/tip", TIP), { tokenBalance: 26 });

  assert.equal(keys(server.requests).length, 1);
});

test("a server that wants to be left alone is, for as long as it says", async (t) => {
  const busy = html(429, { "Retry-After": "5" });
  const server = await serving(t, busy, problem(429, "too-many-requests", {}, { "Retry-After": "7" }), tipped);
  const { waits, options } = noWaits();

  await opened(server.origin, { options }).settle("/api/tip", TIP);

  assert.deepEqual([waits, keys(server.requests).length], [[5, 7], 1]);
});

test("a long wait is not waited for, and the key is kept for the next press", async (t) => {
  const tomorrow = problem(429, "fair-use-reached", {}, { "Retry-After": "9000" });
  const server = await serving(t, tomorrow, json({ generationId: "g" }, 202));
  const presses = opened(server.origin);
  const body = { feature: "image", prompt: "A lighthouse" };

  await assert.rejects(presses.settle("/api/generate", body), (error) => {
    return error instanceof Refused && error.problem.type === "fair-use-reached" && error.retryAfter === 9000;
  });
  assert.deepEqual(presses.pending(), [], "it is known that nothing was done");
  await presses.settle("/api/generate", body);

  assert.equal(keys(server.requests).length, 1);
});

test("a refusal is definite: the next press is a new one", async (t) => {
  const server = await serving(t, short, tipped);
  const presses = opened(server.origin);

  await assert.rejects(presses.settle("/api/tip", TIP), (error) => {
    return error instanceof Refused && error.problem.type === "insufficient-tokens" && error.problem.shortfall === 7;
  });
  await presses.settle("/api/tip", TIP);

  assert.equal(keys(server.requests).length, 2);
});

test("a refusal after a lost answer is definite too", async (t) => {
  const server = await serving(t, resets, short);
  const presses = opened(server.origin);

  await assert.rejects(presses.settle("/api/tip", TIP), Refused);

  assert.deepEqual([keys(server.requests).length, presses.pending()], [1, []]);
});

test("whoever was signed out meanwhile goes on with the same key when they are back", async (t) => {
  const storage = new MemoryStorage();
  const unauthenticated = problem(401, "unauthenticated");
  const server = await serving(t, resets, unauthenticated, unauthenticated, tipped);
  const presses = opened(server.origin, { storage: () => storage });

  await assert.rejects(presses.settle("/api/tip", TIP), (error) => {
    return error instanceof Refused && error.problem.type === "unauthenticated";
  });
  const [intent] = opened(server.origin, { storage: () => storage }).pending();
  assert(intent?.path === "/api/tip");
  await opened(server.origin, { storage: () => storage }).finish(intent);

  assert.deepEqual([server.requests.length, keys(server.requests).length], [4, 1]);
});

test("a double click is one press, while it runs and right after its answer", async (t) => {
  const server = await serving(t, tipped);
  const presses = opened(server.origin);

  const first = presses.settle("/api/tip", TIP);
  const second = presses.settle("/api/tip", { amount: 10, recipientId: "ben" });
  assert.deepEqual(presses.pending(), [], "it is on its way");
  await Promise.all([first, second]);
  await presses.settle("/api/tip", TIP);

  assert.equal(server.requests.length, 1);
});

test("the same once more, a second later, is another press", async (t) => {
  const server = await serving(t, tipped);
  const presses = opened(server.origin);
  let now = 5000;
  t.mock.method(performance, "now", () => now);

  await presses.settle("/api/tip", TIP);
  now += 1000;
  await presses.settle("/api/tip", TIP);

  assert.equal(keys(server.requests).length, 2);
});

test("other words are another press", async (t) => {
  const server = await serving(t, tipped);
  const presses = opened(server.origin);

  await Promise.all([presses.settle("/api/tip", TIP), presses.settle("/api/tip", { ...TIP, amount: 20 })]);

  assert.equal(keys(server.requests).length, 2);
});

/** A press whose page is closed before the answer is there. */
async function closedAfterPressing(t: TestContext, storage: MemoryStorage, ...then: Behaviour[]) {
  const done = new Set<string>();
  const server = await serving(t, worksAnd(hangs, done), ...then.map((behaviour) => worksAnd(behaviour, done)));
  const presses = opened(server.origin, { storage: () => storage });
  const press = presses.settle("/api/tip", TIP);
  await server.arrived(1);
  presses.stop();
  await assert.rejects(press, { name: "AbortError" });
  return { server, done };
}

test("a page that was closed offers what it pressed, and finishes it under its key", async (t) => {
  const storage = new MemoryStorage();
  const { server, done } = await closedAfterPressing(t, storage, tipped);
  const reopened = opened(server.origin, { storage: () => storage });

  const pending = reopened.pending();
  assert.deepEqual(
    pending.map(({ key, path, body }) => ({ key, path, body })),
    [{ key: server.requests[0]?.key, path: "/api/tip", body: TIP }],
  );
  assert.equal(server.requests.length, 1, "nothing is sent before somebody says so");
  assert(pending[0]);
  assert.deepEqual(await reopened.finish(pending[0]), { tokenBalance: 26 });

  assert.deepEqual([done.size, reopened.pending(), storage.length], [1, [], 0]);
});

test("pressing again after a reload is the same press", async (t) => {
  const storage = new MemoryStorage();
  const { server, done } = await closedAfterPressing(t, storage, tipped);

  await opened(server.origin, { storage: () => storage }).settle("/api/tip", TIP);

  assert.deepEqual([done.size, server.requests.length], [1, 2]);
});

test("what is forgotten is not sent again, and the next press is a new one", async (t) => {
  const storage = new MemoryStorage();
  const { server } = await closedAfterPressing(t, storage, tipped);
  const reopened = opened(server.origin, { storage: () => storage });
  const [intent] = reopened.pending();
  assert(intent);

  reopened.forget(intent);
  assert.deepEqual([reopened.pending(), storage.length, server.requests.length], [[], 0, 1]);
  await reopened.settle("/api/tip", TIP);

  assert.equal(keys(server.requests).length, 2);
});

test("another user of the same tab neither sees nor sends what was pressed before", async (t) => {
  const storage = new MemoryStorage();
  const { server } = await closedAfterPressing(t, storage, tipped);
  const others = opened(server.origin, { storage: () => storage, userId: "ben" });

  assert.deepEqual(others.pending(), []);
  await others.settle("/api/tip", TIP);
  others.clear();

  assert.equal(keys(server.requests).length, 2);
  assert.equal(opened(server.origin, { storage: () => storage }).pending().length, 1);
});

test("signing out ends the tries and leaves nothing", async (t) => {
  const storage = new MemoryStorage();
  const server = await serving(t, resets);
  let resolve = () => {};
  const waiting = new Promise<void>((done) => {
    resolve = done;
  });
  const wait = (_: number, signal: AbortSignal) => {
    resolve();
    return new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const presses = opened(server.origin, { storage: () => storage, options: { wait } });

  const press = presses.settle("/api/tip", TIP);
  await waiting;
  presses.clear();

  await assert.rejects(press, { name: "AbortError" });
  assert.deepEqual([server.requests.length, storage.length, presses.pending()], [1, 0, []]);
});

test("a press that is stopped while its token is made new is not sent with another's", async (t) => {
  const server = await serving(t, problem(401, "unauthenticated"));
  const storage = new MemoryStorage();
  const api = connect(server.origin, (force) => {
    if (force) presses.stop();
    return force ? "ben" : "ada";
  });
  const presses = intents(api, () => storage, "ada");

  await assert.rejects(presses.settle("/api/tip", TIP), { name: "AbortError" });

  assert.deepEqual(
    server.requests.map(({ token }) => token),
    ["ada"],
  );
});

test("two tabs press twice, and a tab that was duplicated takes the key along", async (t) => {
  const storage = new MemoryStorage();
  const { server, done } = await closedAfterPressing(t, storage, tipped);
  const duplicate = storage.duplicated();

  await opened(server.origin).settle("/api/tip", TIP);
  await opened(server.origin, { storage: () => storage }).settle("/api/tip", TIP);
  await opened(server.origin, { storage: () => duplicate }).settle("/api/tip", TIP);

  assert.deepEqual([server.requests.length, done.size], [4, 2]);
});

for (const [what, storage] of Object.entries({ forbidden, full: () => new FullStorage() })) {
  test(`a storage that is ${what} costs no key while the page lives`, async (t) => {
    const server = await serving(t, resets, resets, resets, resets, resets, tipped);
    const presses = opened(server.origin, { storage });

    await assert.rejects(presses.settle("/api/tip", TIP), OutcomeUnknown);
    assert.equal(presses.pending().length, 1);
    await presses.settle("/api/tip", TIP);

    assert.deepEqual([keys(server.requests).length, presses.pending()], [1, []]);
  });
}

test("notes that were damaged are none", async (t) => {
  const storage = new MemoryStorage();
  const { server } = await closedAfterPressing(t, storage, tipped);
  const [[name, text]] = [...storage.items] as [[string, string]];
  const note = JSON.parse(text);
  const damaged = [
    "",
    "{",
    "null",
    "7",
    text.slice(0, -5),
    JSON.stringify({ ...note, key: "no key!" }),
    JSON.stringify({ ...note, key: "k-1", body: null }),
    JSON.stringify({ ...note, key: "k-2", at: "today" }),
    JSON.stringify({ ...note, key: "k-3", userId: undefined }),
    JSON.stringify({ ...note, key: "k-4", unsure: "perhaps" }),
  ];

  for (const [index, each] of damaged.entries()) storage.setItem(`${name}${index}`, each);
  storage.setItem("draft", "A lighthouse");

  const presses = opened(server.origin, { storage: () => storage });
  assert.deepEqual(
    presses.pending().map(({ key }) => key),
    [note.key],
  );
  presses.clear();
  assert.equal(storage.getItem("draft"), "A lighthouse");
});
