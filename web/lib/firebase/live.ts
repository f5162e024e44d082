import {
  collection,
  connectFirestoreEmulator,
  deleteDoc,
  doc,
  type Firestore,
  initializeFirestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  serverTimestamp,
  setDoc,
  updateDoc,
  where,
} from "firebase/firestore";
import { emulatorsOf, loadSite } from "@/lib/site";
import { openApp } from "./app";

/** A document as it is read: `undefined` where there is none. */
export type Show<T> = (found: T | undefined) => void;
export type Fail = (error: Error) => void;
export type Stop = () => void;

/** How many of one's own generations are shown. */
const GENERATIONS_SHOWN = 12;
/** Among how many of one's own orders those are looked for that are not settled, or failed. */
const ORDERS_SHOWN = 10;

let opening: Promise<Firestore> | undefined;

function openStore(): Promise<Firestore> {
  opening ??= begin().catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

async function begin(): Promise<Firestore> {
  const [app, site] = await Promise.all([openApp(), loadSite()]);
  const store = initializeFirestore(app, {});
  const emulators = emulatorsOf(site);
  if (emulators) {
    const { hostname, port } = new URL(`http://${emulators.firestore}`);
    connectFirestoreEmulator(store, hostname, Number(port));
  }
  return store;
}

/** Follows a document, such as `users/{uid}`. */
export async function watch<T>(path: string, show: Show<T>, fail: Fail): Promise<Stop> {
  return onSnapshot(doc(await openStore(), path), (found) => show(found.data() as T | undefined), fail);
}

/** What is read of one's own generation: only its owner may read the document, which holds the prompt. */
export type OwnGeneration = { id: string; prompt: string; caption: string; status: string };

/** Follows the newest generations of somebody, newest first. The query needs its index. */
export async function watchGenerations(uid: string, show: Show<OwnGeneration[]>, fail: Fail): Promise<Stop> {
  const mine = query(
    collection(await openStore(), "generations"),
    where("userId", "==", uid),
    orderBy("createdAt", "desc"),
    limit(GENERATIONS_SHOWN),
  );
  return onSnapshot(
    mine,
    (found) =>
      show(
        found.docs.map((each) => {
          const { prompt = "", caption = "", status = "" } = each.data();
          return { id: each.id, prompt: String(prompt), caption: String(caption), status: String(status) };
        }),
      ),
    fail,
  );
}

/** An order, as far as it says what became of its money. `failure` is why a charge failed, in Stripe's word or ours. */
export type OwnOrder = { id: string; kind: string; status: string; failure: string; amount: number; currency: string };

/** Follows the newest orders of somebody, newest first. The query needs its index. */
export async function watchOrders(uid: string, show: Show<OwnOrder[]>, fail: Fail): Promise<Stop> {
  const mine = query(
    collection(await openStore(), "orders"),
    where("userId", "==", uid),
    orderBy("createdAt", "desc"),
    limit(ORDERS_SHOWN),
  );
  return onSnapshot(
    mine,
    (found) =>
      show(
        found.docs.map((each) => {
          const { kind = "", status = "", failure = "", amount = 0, currency = "" } = each.data();
          return {
            id: each.id,
            kind: String(kind),
            status: String(status),
            failure: String(failure),
            amount: Number(amount),
            currency: String(currency),
          };
        }),
      ),
    fail,
  );
}

/** Likes a post, or takes the like back. The rules allow exactly these three fields. */
export async function writeLike(userId: string, postId: string, isLiked: boolean): Promise<void> {
  const like = doc(await openStore(), "likes", `${userId}_${postId}`);
  if (isLiked) await setDoc(like, { userId, postId, createdAt: serverTimestamp() });
  else await deleteDoc(like);
}

export async function writeCaption(postId: string, caption: string): Promise<void> {
  await updateDoc(doc(await openStore(), "posts", postId), { caption });
}

export async function deletePost(postId: string): Promise<void> {
  await deleteDoc(doc(await openStore(), "posts", postId));
}

/** What the rules let somebody change of their own profile. */
export type ProfileFields = { displayName: string; photoUrl: string | null; bio: string };

export async function writeProfile(uid: string, fields: ProfileFields): Promise<void> {
  await updateDoc(doc(await openStore(), "profiles", uid), fields);
}
