// Firebase Hosting on this machine: superstatic, the server that firebase-tools bring, with firebase.json as it is.
//
//     node local/hosting.mjs '{"port", "root", "gateway", "site", "mails"}'
//
// `root` holds firebase.json, `gateway` is the origin of the functions, `site` is answered at /site.json, and `mails` is
// where the Auth emulator tells which mails it would have sent; /__/local/mail shows them.

import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const HOST = "127.0.0.1";
const LOOPBACK = new Set([HOST, "localhost", "[::1]"]);
const ANSWER_MS = 60_000; // as Hosting waits for Cloud Run
const MAILS_MS = 5_000;

const { port, root, gateway, site, mails } = JSON.parse(process.argv[2]);
const { server } = createRequire(new URL("../.local/tools/", import.meta.url))("superstatic");

const config = JSON.parse(readFileSync(join(root, "firebase.json"), "utf8")).hosting;
for (const header of config.headers.flatMap((rule) => rule.headers)) {
  // The one difference: emulators and pictures are on ports of this machine.
  if (header.key === "Content-Security-Policy") {
    header.value = header.value.replace(/(connect-src|img-src) /g, `$1 http://${HOST}:* `);
  }
}

server({
  port,
  host: HOST,
  cwd: root,
  config,
  stack: "strict",
  compression: true,
  before: { files: [answerLocally] },
  rewriters: { run: async () => proxy },
}).listen();

/** Answers what only Hosting itself knows. Everything else is a file, a function or a page that there is not. */
function answerLocally(request, response, next) {
  // It is whatever a stranger wrote, and need not be an address.
  const [path] = request.url.split("?", 1);
  if (path === "/site.json") return send(response, 200, "application/json", JSON.stringify(site));
  if (path !== "/__/local/mail") return next();
  // A name of somebody else's that leads here is refused: the links sign people in.
  const name = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (!LOOPBACK.has(name)) return send(response, 403, "text/plain", "This page is for the machine that it runs on.");
  mailPage().then(
    (page) => send(response, 200, "text/html; charset=utf-8", page),
    () => send(response, 503, "text/plain", "The Auth emulator does not answer."),
  );
}

/** Hands the request to the functions, as Hosting does to Cloud Run. */
function proxy(request, response) {
  const { connection, ...headers } = request.headers;
  const asked = httpRequest(gateway, { path: request.url, method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  asked.setTimeout(ANSWER_MS, () => asked.destroy());
  asked.on("error", () => {
    if (response.headersSent) response.destroy();
    else send(response, 502, "text/plain", "The functions do not answer.");
  });
  response.on("close", () => asked.destroy());
  request.pipe(asked);
}

async function mailPage() {
  const answer = await fetch(mails, { signal: AbortSignal.timeout(MAILS_MS) });
  if (!answer.ok) throw new Error(`the Auth emulator answered ${answer.status}`);
  const { oobCodes = [] } = await answer.json();
  const items = oobCodes.reverse().map(
    ({ email, requestType, oobLink }) =>
      `<li>To ${text(email)}: <a href="${text(oobLink)}">${text(WORDS[requestType] ?? requestType)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails</title>
<link rel="icon" href="/icon.svg">
<style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }</style>
<h1>Mails</h1>
<p>No mail leaves this machine. These would have been sent, the newest first.</p>
<ol>${items.join("\n") || "None yet."}</ol>
</html>
`;
}

const WORDS = { VERIFY_EMAIL: "Verify the e-mail address", PASSWORD_RESET: "Choose a new password" };

function text(value) {
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function send(response, status, type, body) {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}
