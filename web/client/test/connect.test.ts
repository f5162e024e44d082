import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf, connect, exportTransactions, OutcomeUnknown, Refused } from "guilder-client";
import { breaksOff, hangs, html, json, problem, resets, serving } from "./server.js";
import { timeouts } from "./time.js";

const post = { params: { query: { id: "abc" } } };
const unauthenticated = problem(401, "unauthenticated");

test("a call carries the token of whoever is signed in", async (t) => {
  const server = await serving(t, json({ tokenBalance: 36 }));
  const api = connect(server.origin, () => "ada");

  const wallet = await answerOf(api.GET("/api/get-wallet"));

  assert.equal(wallet.tokenBalance, 36);
  assert.deepEqual(server.requests, [
    { method: "GET", path: "/api/get-wallet", key: undefined, token: "ada", body: undefined },
  ]);
});

test("signed out there is no token, and none is asked for again", async (t) => {
  const server = await serving(t, unauthenticated);
  const forced: boolean[] = [];
  const api = connect(server.origin, (force) => {
    forced.push(force);
    return undefined;
  });

  await assert.rejects(answerOf(api.GET("/api/get-wallet")), Refused);

  assert.deepEqual([server.requests.length, server.requests[0]?.token, forced], [1, undefined, [false]]);
});

test("a refused token is replaced by a new one, without a word", async (t) => {
  const server = await serving(t, unauthenticated, json({ tokenBalance: 36 }));
  const api = connect(server.origin, (force) => (force ? "new" : "old"));

  const body = { recipientId: "ben", amount: 10 };
  const header = { "Idempotency-Key": "k-1" };
  const answer = await answerOf(api.POST("/api/tip", { params: { header }, body }));

  assert.equal(answer.tokenBalance, 36);
  assert.deepEqual(
    server.requests.map(({ token, key, body }) => ({ token, key, body })),
    [
      { token: "old", key: "k-1", body },
      { token: "new", key: "k-1", body },
    ],
  );
});

test("a new token that is refused too is not replaced again", async (t) => {
  const server = await serving(t, unauthenticated);
  const forced: boolean[] = [];
  const api = connect(server.origin, (force) => {
    forced.push(force);
    return "old";
  });

  await assert.rejects(
    answerOf(api.GET("/api/get-wallet")),
    (error) => error instanceof Refused && error.problem.type === "unauthenticated",
  );

  assert.deepEqual([server.requests.length, forced], [2, [false, true]]);
});

test("calls that are with the same old token share one new token", async (t) => {
  const server = await serving(t, (response, request) => {
    (request.token === "old" ? unauthenticated : json({ posts: [] }))(response, request);
  });
  let made = 0;
  const api = connect(server.origin, async (force) => {
    if (!force) return "old";
    made += 1;
    return `new ${made}`;
  });

  await Promise.all([1, 2, 3].map(() => answerOf(api.GET("/api/get-feed"))));

  assert.equal(made, 1);
  const tokens = server.requests.map(({ token }) => token).sort();
  assert.deepEqual(tokens, ["new 1", "new 1", "new 1", "old", "old", "old"]);
});

test("a token that cannot be had is an unknown outcome with its cause", async (t) => {
  const server = await serving(t, json({}));
  const cause = new Error("auth/network-request-failed");
  const api = connect(server.origin, () => Promise.reject(cause));

  await assert.rejects(answerOf(api.GET("/api/get-wallet")), (error) => {
    return error instanceof OutcomeUnknown && error.cause === cause;
  });
  assert.equal(server.requests.length, 0);
});

test("a server that hangs leaves the outcome unknown", async (t) => {
  const { pass } = timeouts(t);
  const server = await serving(t, pass);

  await assert.rejects(answerOf(connect(server.origin).GET("/api/get-post", post)), (error) => {
    return error instanceof OutcomeUnknown && (error.cause as Error).name === "TimeoutError";
  });
});

for (const [what, behaviour] of Object.entries({ "hangs up": resets, "breaks off": breaksOff })) {
  test(`a server that ${what} leaves the outcome unknown`, async (t) => {
    const server = await serving(t, behaviour);

    await assert.rejects(answerOf(connect(server.origin).GET("/api/get-post", post)), OutcomeUnknown);
  });
}

test("nobody there leaves the outcome unknown", async () => {
  const api = connect("http://127.0.0.1:9");

  await assert.rejects(answerOf(api.GET("/api/get-post", post)), OutcomeUnknown);
});

test("an answer may take long as long as it goes on", async (t) => {
  const { begun } = timeouts(t);
  const server = await serving(t, async (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    for (const [index, part] of ['{"tok', "enBal", "ance", '":36}'].entries()) {
      response.write(part);
      await begun(index + 2); // the one that began with the request, and one for each part
    }
    response.end();
  });

  assert.equal((await answerOf(connect(server.origin).GET("/api/get-wallet"))).tokenBalance, 36);
});

test("who aborts a call gets their own reason", async (t) => {
  const server = await serving(t, hangs);
  const controller = new AbortController();
  const api = connect(server.origin);

  const call = answerOf(api.GET("/api/get-feed", { signal: controller.signal }));
  await server.arrived(1);
  controller.abort(new DOMException("Another page is shown.", "AbortError"));

  await assert.rejects(call, { name: "AbortError", message: "Another page is shown." });
});

test("a redirection is not followed, wherever it leads", async (t) => {
  const elsewhere = await serving(t, json({}));
  const server = await serving(t, (response) => {
    response.writeHead(307, { Location: elsewhere.origin }).end();
  });

  await assert.rejects(answerOf(connect(server.origin, () => "ada").GET("/api/get-wallet")), OutcomeUnknown);
  assert.equal(elsewhere.requests.length, 0);
});

test("the ledger comes as a file", async (t) => {
  const server = await serving(t, (response) => {
    response.writeHead(200, { "Content-Type": "text/csv; charset=utf-8" }).end("timestamp,type\n");
  });

  const file = await exportTransactions(
    connect(server.origin, () => "ada"),
    { from: "2026-01-01T00:00:00Z" },
  );

  assert.equal(await file.text(), "timestamp,type\n");
  assert.match(file.type, /^text\/csv/);
  assert.equal(server.requests[0]?.path, "/api/export-transactions?from=2026-01-01T00%3A00%3A00Z");
});

test("a ledger that is refused is no file", async (t) => {
  const server = await serving(t, problem(404, "no-such-account"), html(200));
  const api = connect(server.origin, () => "ada");

  await assert.rejects(exportTransactions(api), (error) => {
    return error instanceof Refused && error.problem.type === "no-such-account";
  });
  await assert.rejects(exportTransactions(api), OutcomeUnknown);
});

test("whoever has no account gets one, and the same is sent again with its key, once", async (t) => {
  const missing = problem(404, "no-such-account");
  const server = await serving(t, missing, json({}), json({ tokenBalance: 26 }), missing, json({}), missing);
  const api = connect(server.origin, () => "ada", { opensAccount: true });
  const tip = () =>
    answerOf(
      api.POST("/api/tip", {
        params: { header: { "Idempotency-Key": "k-1" } },
        body: { recipientId: "ben", amount: 10 },
      }),
    );

  assert.equal((await tip()).tokenBalance, 26);
  await assert.rejects(tip(), Refused);

  const once = [
    ["/api/tip", "k-1", "ada"],
    ["/api/open-account", undefined, "ada"],
    ["/api/tip", "k-1", "ada"],
  ];
  assert.deepEqual(
    server.requests.map(({ path, key, token }) => [path, key, token]),
    [...once, ...once],
  );
});

test("another 404 opens no account, nor does one where that is not wanted", async (t) => {
  const server = await serving(t, problem(404, "not-found"), problem(404, "no-such-account"));
  await assert.rejects(
    answerOf(connect(server.origin, () => "ada", { opensAccount: true }).GET("/api/get-wallet")),
    Refused,
  );
  await assert.rejects(answerOf(connect(server.origin, () => "ada").GET("/api/get-wallet")), Refused);
  assert.equal(server.requests.length, 2);
});
