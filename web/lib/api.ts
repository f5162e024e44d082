import { connect } from "guilder-client";
import { inBrowser } from "./storage";

/** Remembers that somebody was signed in here. Without it a page neither loads nor waits for Firebase Auth. */
export const SIGNED_IN = "signedIn";

/** The API, on the address that served this page. */
export const api = connect(
  typeof location === "undefined" ? "http://localhost" : location.origin,
  async (fresh) => {
    if (!inBrowser.get(SIGNED_IN)) return undefined;
    const { tokenOf } = await import("./firebase/auth");
    return tokenOf(fresh);
  },
  { opensAccount: true },
);
