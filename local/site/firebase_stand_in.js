"use strict";

// The local gateway serves this as Firebase's SDK, since a machine without internet has no other: as much of it as the
// pages in public/ use, with users of the Auth emulator. Below the page it says who is signed in, and lets that be changed.

(() => {
  async function session() {
    const response = await fetch("/_local/session", { method: "POST" });
    if (!response.ok) throw new Error(`The local gateway answered ${response.status}`);
    return response.json();
  }

  function made(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  function chooser({ user, users }) {
    const field = (name, value) => made("input", { type: "hidden", name, value });
    const forms = users.map(({ uid, name }) =>
      made(
        "form",
        { method: "post", action: "/_local/sign-in" },
        field("uid", uid),
        field("next", location.pathname + location.search),
        made("p", {}, made("button", { disabled: uid === user?.uid }, `Sign in as ${name}`)),
      ),
    );
    const hint = users.length ? "Only in the local cloud:" : "Only in the local cloud: make user EMAIL=me@example.com";
    return made("aside", {}, made("p", {}, made("small", {}, hint)), ...forms);
  }

  globalThis.firebase = {
    initializeApp() {},
    auth: () => ({
      async onAuthStateChanged(tell) {
        const first = await session();
        document.querySelector("main").append(chooser(first));
        const getIdToken = async () => (await session()).user.idToken;
        tell(first.user && { uid: first.user.uid, getIdToken });
      },
    }),
  };
})();
