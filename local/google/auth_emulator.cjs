// Loaded into firebase-tools before anything else: its Auth emulator starts in a third of the time.
//
// As it starts, exegesis makes a validator for every parameter of every operation. Each of those compiles the
// meta-schema anew, only to find that the schema, which comes with firebase-tools, is one. Nobody need find that out.
// What clients send is checked as ever.

const { realpathSync } = require("node:fs");
const { createRequire } = require("node:module");

const ofTools = createRequire(realpathSync(process.argv[1]));
const ofExegesis = createRequire(ofTools.resolve("exegesis"));
const { default: Ajv } = ofExegesis("ajv");

Ajv.prototype.validateSchema = () => true;
