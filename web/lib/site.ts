/** Where the site finds its Firebase project: `/site.json`, written by the deployment, so that one build runs anywhere. */
export type Site = {
  firebase: { apiKey: string; authDomain: string; projectId: string; appId?: string };
  emulators?: { auth: string; firestore: string };
};

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const TIMEOUT_MS = 10_000;

let loading: Promise<Site> | undefined;

/** Asks for the settings once. A failure is not kept: the next caller asks again. */
export function loadSite(): Promise<Site> {
  loading ??= ask().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function ask(): Promise<Site> {
  const answer = await fetch("/site.json", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`/site.json answered ${answer.status}`);
  return (await answer.json()) as Site;
}

/** The emulators to speak with. A deployed site has none, whatever its settings say. */
export function emulatorsOf(site: Site): Site["emulators"] {
  return isLocal() ? site.emulators : undefined;
}

/** Whether this page was served by this machine. */
export function isLocal(): boolean {
  return LOOPBACK.includes(location.hostname);
}
