import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

const CLIENT = fileURLToPath(new URL("..", import.meta.url));
/** Inside of web/, where an app finds next, react and firebase, and with a guilder-client that comes first. */
const PACKED = join(CLIENT, "build", "packed");

const DOCUMENTS = { readme: "README.md", nextjs: "../../docs/nextjs.md" };

/** What `create-next-app` writes, and stricter where it can be. */
const TSCONFIG = {
  compilerOptions: {
    target: "ES2017",
    lib: ["dom", "dom.iterable", "esnext"],
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    esModuleInterop: true,
    module: "esnext",
    moduleResolution: "bundler",
    isolatedModules: true,
    jsx: "react-jsx",
    skipLibCheck: true,
    types: ["node"],
  },
};

/** The files that a document shows: every block of TypeScript begins with its name. */
function shown(document: string): Map<string, string> {
  const blocks = [...readFileSync(join(CLIENT, document), "utf8").matchAll(/^```(tsx?)\n(.*?)^```$/gms)];
  const files = new Map<string, string>();
  for (const [, language, text = ""] of blocks) {
    const name = /^\/\/ (\S+)\n/.exec(text)?.[1] ?? "";
    assert(name.endsWith(`.${language}`), `this names no file:\n${text}`);
    assert(!files.has(name), `${name} is there twice`);
    files.set(name, text);
  }
  return files;
}

function run(command: string, ...words: string[]): string {
  try {
    return execFileSync(command, words, { cwd: PACKED, encoding: "utf8" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    assert.fail(`${command} ${words.join(" ")}\n${stdout}${stderr}`);
  }
}

before(() => {
  rmSync(PACKED, { recursive: true, force: true });
  const home = join(PACKED, "node_modules", "guilder-client");
  mkdirSync(home, { recursive: true });
  const [packed] = JSON.parse(run("npm", "pack", CLIENT, "--ignore-scripts", "--json"));
  run("tar", "-xzf", packed.filename, "--strip-components=1", "-C", home);
});

test("the packed file is the compiled client and what it says of itself", () => {
  const { dependencies } = JSON.parse(readFileSync(join(PACKED, "node_modules/guilder-client/package.json"), "utf8"));
  const files = run("find", "node_modules/guilder-client", "-type", "f").trim().split("\n");
  const kinds = new Set(
    files.map((file) => file.replace("node_modules/guilder-client/", "").replace(/\w+(\.d)?\./, "*$1.")),
  );

  assert.deepEqual(dependencies, { "openapi-fetch": "0.17.0" });
  kinds.delete("*."); // LICENSE has no ending, and is there when the package was packed before
  kinds.delete("LICENSE");
  assert.deepEqual([...kinds].sort(), ["*.json", "*.md", "dist/*.d.ts", "dist/*.js"]);
});

test("the packed file is a module that can be imported", () => {
  const names = run(
    "node",
    "--input-type=module",
    "-e",
    'console.log(Object.keys(await import("guilder-client")).join())',
  );

  assert.equal(names.trim(), "OutcomeUnknown,Refused,answerOf,connect,exportTransactions,intents,limits");
});

for (const [folder, document] of Object.entries(DOCUMENTS)) {
  test(`what ${folder} shows compiles against the packed file`, () => {
    const home = join(PACKED, folder);
    for (const [name, text] of shown(document)) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), text);
    }
    writeFileSync(join(home, "tsconfig.json"), JSON.stringify(TSCONFIG));

    run("npx", "tsc", "-p", folder);
  });
}

test("the app of the readme is 60 lines that fit on a screen", () => {
  const files = shown(DOCUMENTS.readme);
  const app = ["next.config.ts", "lib/guilder.ts", "app/page.tsx"].map((name) => files.get(name) ?? assert.fail(name));
  const lines = app.flatMap((text) => text.split("\n").slice(1)).filter((line) => line.trim() !== "");

  assert(lines.length <= 60, `${lines.length} lines`);
  assert.deepEqual(
    lines.filter((line) => line.length > 120),
    [],
  );
});
