// Allows, in every exported page, exactly the inline scripts that stand in it, by their hashes. The header that Hosting
// sends stays the outer wall: both must agree, so that an injected script does not run.
import crypto from "node:crypto";
import fs from "node:fs";
import { pages } from "./pages.mjs";

const META = /<meta http-equiv="Content-Security-Policy"[^>]*>/g;
const INLINE = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

for (const { file, html } of pages()) {
  const plain = html.replace(META, "");
  const hashes = [...plain.matchAll(INLINE)].map(
    ([, text]) => `'sha256-${crypto.createHash("sha256").update(text).digest("base64")}'`,
  );
  const policy = `script-src 'self' ${[...new Set(hashes)].join(" ")}; object-src 'none'; base-uri 'none'`;
  fs.writeFileSync(
    file,
    plain.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${policy}"/>`),
  );
}
