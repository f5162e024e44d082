export { answerOf, OutcomeUnknown, type Problem, Refused, type Slug } from "./answer.js";
export { type Api, type ConnectOptions, connect, exportTransactions, type Token } from "./connect.js";
export {
  type AnswerOf,
  type BodyOf,
  type Intent,
  type Intents,
  type IntentsOptions,
  intents,
  type KeyedPath,
  type OnWait,
  type Pending,
} from "./intents.js";
export { limits } from "./limits.js";
export type { paths } from "./schema.js";

import type { components } from "./schema.js";

/** What the functions take and answer, by name: `Schemas["WalletAnswer"]`. */
export type Schemas = components["schemas"];
