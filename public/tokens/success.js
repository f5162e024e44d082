"use strict";

// Where Stripe Checkout returns to: asks POST /api/confirm-checkout what became of the purchase, and says so.
// It credits nothing. The server asks Stripe, and the webhook credits a purchase whose buyer never comes here.

(() => {
  const GAPS_SECONDS = [1, 2, 4, 8, 15, 30];
  const SIGN_IN_SECONDS = 10;
  const ANSWER_SECONDS = 20;
  const HUNDREDTHS_AT_STRIPE = ["ISK", "UGX"]; // without decimals elsewhere: https://docs.stripe.com/currencies

  const ANYWAY = "A payment that was made is credited to the account that bought, with or without this page.";
  const WORDS = {
    looking: ["Thank you", "Looking for your payment …"],
    paid: ["Thank you", "Your payment has arrived, and the tokens are in your wallet."],
    pending: [
      "Not there yet",
      "Your payment is still being processed, or a person is checking it. Cards take moments, bank debits take days. " +
        "The tokens will arrive by themselves. You do not need to pay again, and you may close this page.",
    ],
    expired: ["Nothing was bought", "This checkout has expired or its payment failed. You can start a new one."],
    signedOut: ["You are not signed in here", `${ANYWAY} Sign in, then open this page again to see the receipt.`],
    foreign: [
      "This is not your purchase",
      `The account that is signed in here did not make it. ${ANYWAY} Sign in with that account to see the receipt.`,
    ],
    noSession: ["Nothing to show", "The address of this page names no purchase. Your wallet shows what you have."],
    trouble: ["We could not look it up", `A service did not answer. ${ANYWAY} Look again in a few minutes.`],
  };
  const MAY_LOOK_AGAIN = ["pending", "trouble"];

  const element = (id) => document.getElementById(id);
  const sleep = (seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000));

  function say(state, answer) {
    [element("title").textContent, element("text").textContent] = WORDS[state];
    document.title = WORDS[state][0];
    element("retry").hidden = !MAY_LOOK_AGAIN.includes(state);
    const rows = answer?.receipt ? receiptRows(answer) : [];
    element("receipt").replaceChildren(...rows.flatMap(([term, value]) => [cell("dt", term), cell("dd", value)]));
    element("receipt").hidden = rows.length === 0;
    document.body.dataset.state = state;
  }

  function cell(tag, text) {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  }

  function receiptRows({ receipt, tokenBalance }) {
    return [
      ["Package", receipt.package],
      ["Tokens", receipt.tokens.toLocaleString()],
      ["Paid", money(receipt.amount, receipt.currency.toUpperCase())],
      ["On", new Date(receipt.paidAt).toLocaleString()],
      ["Your balance", tokenBalance.toLocaleString()],
    ];
  }

  function money(amount, currency) {
    const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
    const digits = HUNDREDTHS_AT_STRIPE.includes(currency) ? 2 : format.resolvedOptions().maximumFractionDigits;
    return format.format(amount / 10 ** digits);
  }

  // The state that one question leads to, with the answer. What may be otherwise in a moment is "trouble".
  async function ask(user, sessionId) {
    let response;
    try {
      response = await fetch("/api/confirm-checkout", {
        method: "POST",
        headers: { Authorization: `Bearer ${await user.getIdToken()}`, "Content-Type": "application/json" },
        body: JSON.stringify({ sessionId }),
        signal: AbortSignal.timeout(ANSWER_SECONDS * 1000),
      });
      if (response.ok) {
        const answer = await response.json();
        return [answer.status in WORDS ? answer.status : "pending", answer];
      }
    } catch {
      return ["trouble"];
    }
    return [{ 401: "signedOut", 403: "signedOut", 404: "foreign", 422: "noSession" }[response.status] ?? "trouble"];
  }

  let looking = false;

  async function look(user, sessionId) {
    if (looking) return;
    looking = true;
    say("looking");
    let [state, answer] = await ask(user, sessionId);
    for (const gap of GAPS_SECONDS) {
      if (!MAY_LOOK_AGAIN.includes(state)) break;
      await sleep(gap);
      [state, answer] = await ask(user, sessionId);
    }
    say(state, answer);
    looking = false;
  }

  async function begin() {
    const sessionId = new URLSearchParams(location.search).get("session_id");
    if (!sessionId) return say("noSession");
    let current = null;
    element("again").addEventListener("click", () => (current ? look(current, sessionId) : location.reload()));
    try {
      const config = await fetch("/__/firebase/init.json", { signal: AbortSignal.timeout(SIGN_IN_SECONDS * 1000) });
      firebase.initializeApp(await config.json());
      const tooLong = setTimeout(() => say("trouble"), SIGN_IN_SECONDS * 1000);
      // Called again when the user signs in or out in another tab.
      firebase.auth().onAuthStateChanged((user) => {
        clearTimeout(tooLong);
        current = user;
        if (user) look(user, sessionId);
        else if (!looking) say("signedOut");
      });
    } catch {
      say("trouble"); // no SDK, or no web app in the Firebase project
    }
  }

  begin();
})();
