import { endpoints as found } from "../scripts/endpoints.mjs";

/** Where the parts of the local cloud listen. */
export type Endpoints = {
  web: string;
  gateway: string;
  auth: string;
  firestore: string;
  stripe: string;
  projectId: string;
  administrator: { userId: string; email: string; password: string };
  /** What the functions were started with. */
  env: Record<string, string>;
};

export const endpoints: Endpoints = found;
