import fs from "node:fs";

const FILE = process.env.ENDPOINTS ?? new URL("../../.local/endpoints.json", import.meta.url).pathname;

if (!fs.existsSync(FILE)) throw new Error("The local cloud is not running. Run `make dev` in another terminal first.");

/** Where the parts of the local cloud listen: that of `$ENDPOINTS`, or the one that `make dev` runs. */
export const endpoints = JSON.parse(fs.readFileSync(FILE, "utf8"));
