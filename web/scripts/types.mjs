// Makes client/src/schema.ts and client/src/limits.ts from docs/openapi.json.
// With --check it writes nothing, and exits with 1 where one of them is not what the document says.

import { readFile, writeFile } from "node:fs/promises";
import openapiTypes, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../docs/openapi.json", import.meta.url);
const SOURCES = new URL("../client/src/", import.meta.url);
const MADE = "// Made of docs/openapi.json by `npm run types`: change the functions, not this file.\n\n";
const METHODS = ["get", "post"];
const BOUNDS = ["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern"];

const document = forPeople(JSON.parse(await readFile(DOCUMENT, "utf8")));
const made = { "schema.ts": await schema(document), "limits.ts": limits(document) };

if (process.argv.includes("--check")) {
  const stale = [];
  for (const [name, text] of Object.entries(made)) {
    const written = await readFile(new URL(name, SOURCES), "utf8").catch(() => undefined);
    if (written !== text) stale.push(`client/src/${name}`);
  }
  if (stale.length > 0) {
    console.error(`Not what docs/openapi.json says: ${stale.join(", ")}. Run: npm run types`);
    process.exitCode = 1;
  }
} else {
  for (const [name, text] of Object.entries(made)) await writeFile(new URL(name, SOURCES), text);
}

/** The document without the functions that only Google and Stripe call, and without what only those refer to. */
function forPeople(whole) {
  const paths = Object.fromEntries(
    Object.entries(whole.paths).filter(([, item]) =>
      METHODS.some((method) => item[method]?.security !== undefined && !item[method].tags.includes("internal")),
    ),
  );
  const { schemas, responses } = whole.components;
  // Any function may answer any of them, whatever its list says: 405 is in none.
  const problems = Object.keys(schemas).filter((name) => schemas[name].description === "RFC 9457");
  const used = new Set(problems.map((name) => `schemas/${name}`));
  const look = (part) => {
    for (const name of references(part)) {
      if (used.has(name)) continue;
      used.add(name);
      const [kind, key] = name.split("/");
      look(whole.components[kind][key]);
    }
  };
  look(paths);
  // The types say what goes in and out; examples name what one economy sells.
  for (const operation of Object.values(paths).flatMap((item) => METHODS.flatMap((method) => item[method] ?? []))) {
    operation.description = operation.description.replaceAll(/^ {4}.*\n\n?/gm, "").trim();
  }
  for (const schema of Object.values(schemas)) delete schema.examples;
  const kept = (kind, parts) =>
    Object.fromEntries(Object.entries(parts).filter(([name]) => used.has(`${kind}/${name}`)));
  return {
    ...whole,
    paths,
    components: { ...whole.components, schemas: kept("schemas", schemas), responses: kept("responses", responses) },
  };
}

/** What a part refers to: `schemas/Tip`, `responses/NotFound`. */
function references(part) {
  if (typeof part !== "object" || part === null) return [];
  if (typeof part.$ref === "string") return [part.$ref.replace("#/components/", "")];
  return Object.values(part).flatMap(references);
}

async function schema(document) {
  // A field with a default may be left out of a request.
  const nodes = await openapiTypes(document, { defaultNonNullable: false });
  return MADE + astToString(nodes);
}

/** The bounds of every field that has some, by function and field. */
function limits(document) {
  const functions = {};
  for (const item of Object.values(document.paths)) {
    const operation = METHODS.map((method) => item[method]).find(Boolean);
    const body = resolved(document, operation.requestBody?.content["application/json"].schema);
    const query = operation.parameters.filter((parameter) => parameter.in === "query");
    const fields = [
      ...Object.entries(body?.properties ?? {}),
      ...query.map((parameter) => [parameter.name, parameter.schema]),
    ];
    const bounded = fields.map(([name, field]) => [name, bounds(document, field)]).filter(([, found]) => found);
    if (bounded.length > 0) functions[camel(operation.operationId)] = Object.fromEntries(bounded);
  }
  return `${MADE}/** How long and how large the fields of requests may be. Lengths are \`length\` of a string. */\nexport const limits = ${literal(functions)} as const;\n`;
}

function bounds(document, field) {
  const schema = resolved(document, field);
  const one = schema.anyOf?.map((each) => resolved(document, each)).find((each) => each.type !== "null") ?? schema;
  const found = Object.fromEntries(BOUNDS.filter((name) => name in one).map((name) => [name, one[name]]));
  const items = one.items && bounds(document, one.items);
  if (items) found.items = items;
  return Object.keys(found).length > 0 ? found : undefined;
}

function resolved(document, schema) {
  if (schema?.$ref === undefined) return schema;
  const [kind, name] = references(schema)[0].split("/");
  return document.components[kind][name];
}

function camel(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

/** A value as TypeScript, as the formatter would leave it. */
function literal(value, indent = "") {
  if (typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, each]) => [name, literal(each, `${indent}  `)]);
  const line = `{ ${entries.map(([name, text]) => `${name}: ${text}`).join(", ")} }`;
  if (indent.length > 2 && !line.includes("\n")) return line;
  return `{\n${entries.map(([name, text]) => `${indent}  ${name}: ${text},\n`).join("")}${indent}}`;
}
