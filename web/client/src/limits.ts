// Made of docs/openapi.json by `npm run types`: change the functions, not this file.

/** How long and how large the fields of requests may be. Lengths are `length` of a string. */
export const limits = {
  createCheckout: {
    package: { minLength: 1, maxLength: 40 },
    plan: { minLength: 1, maxLength: 40 },
    property: { pattern: "^[A-Za-z0-9-]{1,64}$" },
  },
  explainCharge: {
    id: { maxLength: 255 },
    key: { pattern: "^[A-Za-z0-9-]{1,64}$" },
  },
  freezeWallet: {
    reason: { pattern: "^[a-z][a-z0-9-]{0,39}$" },
  },
  generate: {
    feature: { minLength: 1, maxLength: 40 },
    prompt: { maxLength: 2000 },
    areas: { minItems: 1, maxItems: 8, items: { maxLength: 80 } },
    caption: { maxLength: 1000 },
    style: { minLength: 1, maxLength: 40 },
    property: { pattern: "^[A-Za-z0-9-]{1,64}$" },
  },
  getAccount: {
    email: { minLength: 3, maxLength: 320, pattern: "@" },
  },
  getFeed: {
    limit: { minimum: 1, maximum: 50 },
    cursor: { minLength: 1, maxLength: 1024 },
  },
  grantTokens: {
    amount: { minimum: -1000000, maximum: 1000000 },
    reason: { pattern: "^[a-z][a-z0-9-]{0,39}$" },
    note: { maxLength: 500 },
  },
  listAttention: {
    limit: { minimum: 1, maximum: 50 },
    cursor: { minLength: 1, maxLength: 1024 },
  },
  listTransactions: {
    limit: { minimum: 1, maximum: 100 },
    cursor: { minLength: 1, maxLength: 1024 },
  },
  openAccount: {
    displayName: { maxLength: 50 },
  },
  publishPost: {
    caption: { maxLength: 1000 },
  },
  rebuildWallet: {
    reason: { pattern: "^[a-z][a-z0-9-]{0,39}$" },
  },
  resolveOrder: {
    reason: { pattern: "^[a-z][a-z0-9-]{0,39}$" },
  },
  setAutoReload: {
    threshold: { minimum: 1 },
    package: { minLength: 1, maxLength: 40 },
    monthlyCap: { minimum: 1 },
  },
  tip: {
    amount: { minimum: 1 },
  },
} as const;
