import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf, connect, OutcomeUnknown, Refused } from "guilder-client";
import { type Behaviour, html, json, problem, serving } from "./server.js";

async function failure(t: Parameters<typeof serving>[0], behaviour: Behaviour): Promise<unknown> {
  const server = await serving(t, behaviour);
  return answerOf(connect(server.origin).GET("/api/get-catalog")).then(
    () => assert.fail("it was answered"),
    (error: unknown) => error,
  );
}

test("a refusal is known by its type, and with it its members are", async (t) => {
  const members = { balance: 3, required: 5, shortfall: 2 };

  const error = await failure(t, problem(402, "insufficient-tokens", members));

  assert(error instanceof Refused && error.problem.type === "insufficient-tokens");
  const { balance, required, shortfall } = error.problem;
  assert.deepEqual({ balance, required, shortfall }, members);
  assert.deepEqual(
    [error.message, error.problem.detail, error.retryAfter],
    ["The title of insufficient-tokens", "In detail.", undefined],
  );
});

test("an invalid request names its fields", async (t) => {
  const errors = [{ field: "amount", detail: "a tip is 1 to 500 tokens" }];

  const error = await failure(t, problem(422, "invalid-request", { errors }));

  assert(error instanceof Refused && error.problem.type === "invalid-request");
  assert.deepEqual(error.problem.errors, errors);
});

test("a refusal that this package does not know is a refusal all the same", async (t) => {
  const error = await failure(t, problem(418, "teapot"));

  assert(error instanceof Refused);
  assert.equal(error.problem.title, "The title of teapot");
});

for (const [status, type, retryAfter] of [
  [429, "fair-use-reached", 3600],
  [503, "budget-used-up", 7200],
  [503, "wallet-inconsistent", 60],
] as const) {
  test(`${type} is decided, and says when it will be otherwise`, async (t) => {
    const error = await failure(t, problem(status, type, {}, { "Retry-After": `${retryAfter}` }));

    assert(error instanceof Refused && error.problem.type === type);
    assert.equal(error.retryAfter, retryAfter);
  });
}

for (const [status, type] of [
  [500, "internal-error"],
  [503, "unavailable"],
  [503, "contention"],
] as const) {
  test(`${type} does not say what happened, only what it is`, async (t) => {
    const error = await failure(t, problem(status, type, {}, { "Retry-After": "1" }));

    assert(error instanceof OutcomeUnknown);
    assert.deepEqual([error.problem?.type, error.retryAfter], [type, 1]);
  });
}

for (const status of [200, 403, 404, 413, 429, 500, 502, 503, 504]) {
  test(`a page in HTML with status ${status} does not say what happened`, async (t) => {
    const error = await failure(t, html(status));

    assert(error instanceof OutcomeUnknown);
    assert.equal(error.problem, undefined);
  });
}

test("JSON of somebody else's is no refusal of ours", async (t) => {
  assert((await failure(t, json({ error: { code: 403 } }, 403))) instanceof OutcomeUnknown);
  assert((await failure(t, json(null, 400))) instanceof OutcomeUnknown);
  assert(
    (await failure(t, json({ type: "not-found", title: "", detail: "", status: 404 }, 403))) instanceof OutcomeUnknown,
  );
});

test("what claims to be JSON and is not leaves the outcome unknown", async (t) => {
  const error = await failure(t, (response) => {
    response.writeHead(200, { "Content-Type": "application/json" }).end("<html>");
  });

  assert(error instanceof OutcomeUnknown);
});

test("a time to come again may be a date, and nonsense is none", async (t) => {
  const soon = new Date(Date.now() + 60_000).toUTCString();
  const dated = await failure(t, html(503, { "Retry-After": soon }));
  const past = await failure(t, html(503, { "Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT" }));
  const nonsense = await failure(t, html(503, { "Retry-After": "later" }));

  assert(dated instanceof OutcomeUnknown && dated.retryAfter !== undefined);
  assert(dated.retryAfter > 50 && dated.retryAfter <= 60);
  assert.equal((past as OutcomeUnknown).retryAfter, 0);
  assert.equal((nonsense as OutcomeUnknown).retryAfter, undefined);
});
