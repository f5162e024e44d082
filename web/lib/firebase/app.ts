import { type FirebaseApp, initializeApp } from "firebase/app";
import { loadSite } from "@/lib/site";

let opening: Promise<FirebaseApp> | undefined;

/** The Firebase app of this site. A failure to learn its settings is not kept. */
export function openApp(): Promise<FirebaseApp> {
  opening ??= loadSite()
    .then((site) => initializeApp(site.firebase))
    .catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
  return opening;
}
