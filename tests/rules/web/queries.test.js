// What the web client asks of Firestore, with the Firebase SDK, against the emulator at FIRESTORE_EMULATOR_HOST.
// The matrix in Python says who may do what; this file shows that real queries and listeners pass as they must.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import { assertFails, assertSucceeds, initializeTestEnvironment } from "@firebase/rules-unit-testing";
import {
  addDoc,
  average,
  collection,
  collectionGroup,
  deleteDoc,
  deleteField,
  doc,
  documentId,
  getAggregateFromServer,
  getCountFromServer,
  getDoc,
  getDocs,
  increment,
  limit,
  limitToLast,
  onSnapshot,
  orderBy,
  query,
  runTransaction,
  serverTimestamp,
  setDoc,
  setLogLevel,
  startAfter,
  sum,
  Timestamp,
  updateDoc,
  where,
  writeBatch,
} from "firebase/firestore";

setLogLevel("silent"); // or every refusal that a test asks for is logged

const LINES = 25;
const [host, port] = process.env.FIRESTORE_EMULATOR_HOST.split(":");

let environment, alice, unverified, anonymous, mallory, visitor;

before(async () => {
  environment = await initializeTestEnvironment({
    projectId: process.env.GOOGLE_CLOUD_PROJECT,
    firestore: { host, port: Number(port), rules: readFileSync(process.env.FIRESTORE_RULES, "utf8") },
  });
  const signedIn = (uid, verified, provider) =>
    environment
      .authenticatedContext(uid, { email_verified: verified, firebase: { sign_in_provider: provider, identities: {} } })
      .firestore();
  alice = signedIn("alice", true, "google.com");
  unverified = signedIn("alice", false, "password");
  anonymous = signedIn("guest", false, "anonymous");
  mallory = signedIn("mallory", true, "password");
  visitor = environment.unauthenticatedContext().firestore();
});

after(() => environment.cleanup());

beforeEach(async () => {
  await environment.clearFirestore();
  await environment.withSecurityRulesDisabled(async (context) => {
    const store = context.firestore();
    const batch = writeBatch(store);
    batch.set(doc(store, "users/alice"), { tokenBalance: 40 });
    batch.set(doc(store, "profiles/alice"), { displayName: "Alice", photoUrl: null, bio: "", postCount: 2 });
    for (let line = 0; line < LINES; line++) {
      const fields = { userId: "alice", type: "tip_received", amount: 1, timestamp: Timestamp.fromMillis(line) };
      batch.set(doc(store, `transactions/t${line}`), fields);
    }
    batch.set(doc(store, "transactions/m1"), { userId: "mallory", amount: 10, timestamp: Timestamp.fromMillis(0) });
    for (const [post, userId] of [["p1", "alice"], ["p2", "mallory"], ["p3", "mallory"]]) {
      const fields = { userId, caption: "A fox", likeCount: 0, createdAt: serverTimestamp() };
      batch.set(doc(store, `posts/${post}`), fields);
    }
    for (const [generation, userId, at] of [["g1", "alice", 1], ["g2", "alice", 2], ["g3", "mallory", 3]]) {
      const fields = { userId, prompt: "a fox", status: "running", createdAt: Timestamp.fromMillis(at) };
      batch.set(doc(store, `generations/${generation}`), fields);
    }
    batch.set(doc(store, "likes/mallory_p1"), { userId: "mallory", postId: "p1", createdAt: serverTimestamp() });
    batch.set(doc(store, "orders/cs1"), { userId: "alice", status: "parked", createdAt: serverTimestamp() });
    batch.set(doc(store, "subscriptions/sub1"), { userId: "alice", cancelAtPeriodEnd: true });
    batch.set(doc(store, "webhookEvents/evt1"), { status: "done" });
    await batch.commit();
  });
});

// The first snapshot of a listener.
const listen = (target) =>
  new Promise((resolve, reject) => {
    const stop = onSnapshot(
      target,
      (snapshot) => {
        stop();
        resolve(snapshot);
      },
      reject,
    );
  });

const like = (uid, post) => ({ userId: uid, postId: post, createdAt: serverTimestamp() });
const linesOf = (store, uid, ...more) => query(collection(store, "transactions"), where("userId", "==", uid), ...more);
const newestLinesOf = (store, uid, ...more) => linesOf(store, uid, orderBy("timestamp", "desc"), ...more);

test("the wallet is shown live to its owner", async () => {
  const wallet = await assertSucceeds(listen(doc(alice, "users/alice")));
  assert.equal(wallet.get("tokenBalance"), 40);
});

test("the wallet is shown to nobody else", async () => {
  await assertFails(listen(doc(mallory, "users/alice")));
  await assertFails(listen(doc(visitor, "users/alice")));
  await assertFails(listen(doc(anonymous, "users/alice")));
});

test("a new user listens to a wallet that is not there yet", async () => {
  const wallet = await assertSucceeds(listen(doc(mallory, "users/mallory")));
  assert.equal(wallet.exists(), false);
});

test("the wallet is not written, not even by an increment", async () => {
  await assertFails(updateDoc(doc(alice, "users/alice"), { tokenBalance: increment(1) }));
  await assertFails(setDoc(doc(mallory, "users/mallory"), { tokenBalance: 999 }));
  await assertFails(deleteDoc(doc(alice, "users/alice")));
});

test("the history is read page by page, newest first", async () => {
  const first = await assertSucceeds(getDocs(newestLinesOf(alice, "alice", limit(20))));
  const second = await assertSucceeds(getDocs(newestLinesOf(alice, "alice", startAfter(first.docs[19]), limit(20))));
  assert.deepEqual([first.size, second.size], [20, LINES - 20]);
});

test("the history is filtered by type and time", async () => {
  const since = where("timestamp", ">=", Timestamp.fromMillis(20));
  const tips = newestLinesOf(alice, "alice", where("type", "==", "tip_received"), since, limit(100));
  assert.equal((await assertSucceeds(getDocs(tips))).size, LINES - 20);
});

test("the oldest lines are read from the end", async () => {
  const lines = await assertSucceeds(getDocs(newestLinesOf(alice, "alice", limitToLast(2))));
  assert.deepEqual(lines.docs.map((line) => line.id), ["t1", "t0"]);
});

test("a history that is unbounded, unfiltered or another's is refused", async () => {
  await assertFails(getDocs(newestLinesOf(alice, "alice")));
  await assertFails(getDocs(newestLinesOf(alice, "alice", limit(101))));
  await assertFails(getDocs(newestLinesOf(mallory, "alice", limit(20))));
  await assertFails(getDocs(query(collection(alice, "transactions"), limit(20))));
});

test("a line of the ledger is not added, changed or deleted", async () => {
  await assertFails(addDoc(collection(alice, "transactions"), { userId: "alice", amount: 100 }));
  await assertFails(updateDoc(doc(alice, "transactions/t1"), { amount: 100 }));
  await assertFails(deleteDoc(doc(alice, "transactions/t1")));
});

test("an aggregation is bounded and filtered like a list", async () => {
  const own = await assertSucceeds(getCountFromServer(linesOf(alice, "alice", limit(100))));
  assert.equal(own.data().count, LINES);
  await assertFails(getCountFromServer(linesOf(alice, "alice")));
  await assertFails(getCountFromServer(collection(alice, "transactions")));
  const totals = { total: sum("amount"), mean: average("amount") };
  await assertFails(getAggregateFromServer(query(collection(alice, "transactions"), limit(10)), totals));
});

test("the feed is shown live to a visitor, page by page", async () => {
  const newest = (...more) => query(collection(visitor, "posts"), orderBy("createdAt", "desc"), ...more);
  const first = await assertSucceeds(listen(newest(limit(2))));
  const second = await assertSucceeds(getDocs(newest(startAfter(first.docs[1]), limit(2))));
  assert.deepEqual([first.size, second.size], [2, 1]);
});

test("one creator's posts are listed", async () => {
  const posts = query(collection(visitor, "posts"), where("userId", "==", "mallory"), limit(50));
  assert.equal((await assertSucceeds(getDocs(posts))).size, 2);
});

test("a feed without a bound and a collection group are refused", async () => {
  await assertFails(getDocs(query(collection(visitor, "posts"), orderBy("createdAt", "desc"))));
  await assertFails(getDocs(query(collectionGroup(alice, "posts"), limit(10))));
  await assertFails(listen(query(collectionGroup(alice, "generations"), where("userId", "==", "alice"), limit(10))));
});

test("the owner edits the caption and deletes the post", async () => {
  await assertSucceeds(updateDoc(doc(alice, "posts/p1"), { caption: "A red fox" }));
  await assertSucceeds(deleteDoc(doc(alice, "posts/p1")));
  await assertFails(updateDoc(doc(alice, "posts/p2"), { caption: "Mine" }));
  await assertFails(deleteDoc(doc(alice, "posts/p2")));
});

test("nothing but the caption of a post is edited", async () => {
  await assertFails(updateDoc(doc(alice, "posts/p1"), { likeCount: increment(1) }));
  await assertFails(updateDoc(doc(alice, "posts/p1"), { caption: "A red fox", prompt: "a fox" }));
  await assertFails(updateDoc(doc(alice, "posts/p1"), { caption: deleteField() }));
  await assertFails(addDoc(collection(alice, "posts"), { userId: "alice", caption: "A fox" }));
});

test("a profile is shown to a visitor and edited by its owner", async () => {
  await assertSucceeds(getDoc(doc(visitor, "profiles/alice")));
  const face = { displayName: "Alice the Great", photoUrl: "https://photos.example/a.webp", bio: "Foxes." };
  await assertSucceeds(updateDoc(doc(unverified, "profiles/alice"), face));
  await assertFails(updateDoc(doc(alice, "profiles/alice"), { postCount: increment(1) }));
  await assertFails(updateDoc(doc(alice, "profiles/alice"), { photoUrl: "http://photos.example/a.webp" }));
  await assertFails(updateDoc(doc(mallory, "profiles/alice"), face));
});

test("a generation is watched by its owner alone", async () => {
  const running = await assertSucceeds(listen(doc(alice, "generations/g1")));
  assert.equal(running.get("status"), "running");
  await assertFails(listen(doc(mallory, "generations/g1")));
});

test("the newest generations are listed by their owner alone", async () => {
  const newestOf = (store, uid) =>
    query(collection(store, "generations"), where("userId", "==", uid), orderBy("createdAt", "desc"), limit(12));
  const own = await assertSucceeds(getDocs(newestOf(alice, "alice")));
  assert.deepEqual(own.docs.map((generation) => generation.id), ["g2", "g1"]);
  await assertFails(listen(newestOf(mallory, "alice")));
  await assertFails(listen(newestOf(visitor, "alice")));
});

test("an order and a plan are shown to who bought them alone", async () => {
  assert.equal((await assertSucceeds(getDoc(doc(alice, "orders/cs1")))).get("status"), "parked");
  assert.equal((await assertSucceeds(getDoc(doc(alice, "subscriptions/sub1")))).get("cancelAtPeriodEnd"), true);
  await assertFails(listen(doc(mallory, "orders/cs1")));
  await assertFails(listen(doc(mallory, "subscriptions/sub1")));
});

test("a like is given and taken back", async () => {
  await assertSucceeds(setDoc(doc(alice, "likes/alice_p2"), like("alice", "p2")));
  await assertSucceeds(deleteDoc(doc(unverified, "likes/alice_p2")));
});

test("a like is toggled in a transaction", async () => {
  const reference = doc(alice, "likes/alice_p2");
  const toggle = async (transaction) => {
    const found = await transaction.get(reference);
    return found.exists() ? transaction.delete(reference) : transaction.set(reference, like("alice", "p2"));
  };
  await assertSucceeds(runTransaction(alice, toggle));
  assert.equal((await getDoc(reference)).exists(), true);
  await assertSucceeds(runTransaction(alice, toggle));
  assert.equal((await getDoc(reference)).exists(), false);
});

test("a like that is not there is watched until it is", async () => {
  const seen = [];
  const appeared = new Promise((resolve, reject) => {
    const stop = onSnapshot(
      doc(anonymous, "likes/alice_p2"),
      (snapshot) => {
        seen.push(snapshot.exists());
        if (snapshot.exists()) {
          stop();
          resolve();
        } else {
          setDoc(doc(alice, "likes/alice_p2"), like("alice", "p2")).catch(reject);
        }
      },
      reject,
    );
  });
  await appeared;
  assert.deepEqual(seen, [false, true]);
});

test("a like needs a verified e-mail, its own shape, and a post", async () => {
  await assertFails(setDoc(doc(unverified, "likes/alice_p2"), like("alice", "p2")));
  await assertFails(setDoc(doc(anonymous, "likes/guest_p2"), like("guest", "p2")));
  await assertFails(setDoc(doc(mallory, "likes/alice_p2"), like("alice", "p2")));
  await assertFails(setDoc(doc(alice, "likes/alice_none"), like("alice", "none")));
  await assertFails(setDoc(doc(alice, "likes/alice_p2"), { ...like("alice", "p2"), weight: 9 }));
  await assertFails(setDoc(doc(alice, "likes/alice_p2"), { ...like("alice", "p2"), createdAt: Timestamp.now() }));
});

test("the hearts of a page are looked up at once", async () => {
  const ids = ["mallory_p1", "mallory_p2", "mallory_p3"];
  const hearts = query(collection(mallory, "likes"), where(documentId(), "in", ids), limit(30));
  const found = await assertSucceeds(getDocs(hearts));
  assert.deepEqual(found.docs.map((heart) => heart.id), ["mallory_p1"]);
});

test("the likes of a post are shown to who is signed in, anonymously too", async () => {
  const likes = (store) => query(collection(store, "likes"), where("postId", "==", "p1"), limit(100));
  assert.equal((await assertSucceeds(getDocs(likes(anonymous)))).size, 1);
  await assertFails(getDocs(likes(visitor)));
});

test("a batch with one refused write does nothing", async () => {
  const batch = writeBatch(alice);
  batch.update(doc(alice, "posts/p1"), { caption: "A red fox" });
  batch.update(doc(alice, "users/alice"), { tokenBalance: increment(999) });
  await assertFails(batch.commit());
  assert.equal((await getDoc(doc(alice, "posts/p1"))).get("caption"), "A fox");
});

test("orders are listed by their owner; the webhook's log and what no rule names by nobody", async () => {
  const orders = query(collection(alice, "orders"), where("userId", "==", "alice"), limit(10));
  assert.equal((await assertSucceeds(getDocs(orders))).size, 1);
  const newest = query(orders, orderBy("createdAt", "desc"));
  assert.equal((await assertSucceeds(getDocs(newest))).docs[0].get("status"), "parked");
  await assertFails(getDoc(doc(alice, "webhookEvents/evt1")));
  await assertFails(getDocs(query(collection(alice, "audits"), limit(1))));
  await assertFails(setDoc(doc(alice, "anything/else"), { uid: "alice" }));
});
