import {
  type Auth,
  browserLocalPersistence,
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  indexedDBLocalPersistence,
  initializeAuth,
  onIdTokenChanged,
  sendEmailVerification,
  sendPasswordResetEmail,
  signInWithEmailAndPassword,
  signOut,
  type User,
  updateProfile,
} from "firebase/auth";
import { noteMail } from "@/lib/mails";
import { emulatorsOf, loadSite } from "@/lib/site";
import { openApp } from "./app";

/** Who is signed in: a new object each time, since Firebase hands out the same one and React would see no change. */
export type Person = {
  uid: string;
  name: string;
  email: string;
  photoUrl: string | null;
  isVerified: boolean;
  isAdmin: boolean;
};

let opening: Promise<Auth> | undefined;

function openAuth(): Promise<Auth> {
  opening ??= begin().catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

async function begin(): Promise<Auth> {
  const [app, site] = await Promise.all([openApp(), loadSite()]);
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
  const emulators = emulatorsOf(site);
  if (emulators) connectAuthEmulator(auth, `http://${emulators.auth}`, { disableWarnings: true });
  return auth;
}

/** Calls `show` with whoever is signed in, now and whenever that or their token changes. Returns how to stop. */
export async function watchPerson(show: (person: Person | null) => void): Promise<() => void> {
  const auth = await openAuth();
  return onIdTokenChanged(auth, async (user) => {
    const person = user ? await personOf(user) : null;
    // Somebody else may have signed in while the token was read.
    if (auth.currentUser?.uid === person?.uid) show(person);
  });
}

/** What the token says counts, not the user object: the server reads the token, and it may be older. */
async function personOf(user: User): Promise<Person> {
  const { claims } = await user.getIdTokenResult();
  return {
    uid: user.uid,
    name: user.displayName ?? "",
    email: user.email ?? "",
    photoUrl: user.photoURL,
    isVerified: claims.email_verified === true,
    isAdmin: claims.admin === true,
  };
}

/** The token of whoever is signed in, a new one when `fresh`. */
export async function tokenOf(fresh: boolean): Promise<string | undefined> {
  const auth = await openAuth();
  await auth.authStateReady();
  return auth.currentUser?.getIdToken(fresh);
}

/**
 * Makes the sign-in account. `openAccount` runs once the token carries the name, which the account takes from it.
 *
 * A mail that could not be sent is no failure: the page offers to send it again.
 */
export async function join(
  name: string,
  email: string,
  password: string,
  openAccount: () => Promise<unknown>,
): Promise<void> {
  const { user } = await createUserWithEmailAndPassword(await openAuth(), email, password);
  await updateProfile(user, { displayName: name });
  await user.getIdToken(true);
  await openAccount();
  await mailTo(user).catch(() => undefined);
}

export async function signIn(email: string, password: string): Promise<void> {
  await signInWithEmailAndPassword(await openAuth(), email, password);
}

export async function leave(): Promise<void> {
  await signOut(await openAuth());
}

export async function sendVerification(): Promise<void> {
  const user = (await openAuth()).currentUser;
  if (user) await mailTo(user);
}

/** Mails the link that verifies the address and leads back here. */
async function mailTo(user: User): Promise<void> {
  noteMail();
  await sendEmailVerification(user, { url: `${location.origin}/` });
}

export async function sendReset(email: string): Promise<void> {
  await sendPasswordResetEmail(await openAuth(), email);
}

/** Asks whether the e-mail was verified meanwhile, in another tab or on a phone; if so the token says it, too. */
export async function lookForVerification(): Promise<void> {
  const user = (await openAuth()).currentUser;
  if (!user) return;
  await user.reload();
  if (user.emailVerified) await user.getIdToken(true);
}

/** The name that the pages show, kept like the profile's. */
export async function rename(name: string): Promise<void> {
  const user = (await openAuth()).currentUser;
  if (user) await updateProfile(user, { displayName: name });
}
