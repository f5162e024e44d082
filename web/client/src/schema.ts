// Made of docs/openapi.json by `npm run types`: change the functions, not this file.

export interface paths {
    "/api/approve-grant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * decide on a grant that waits for a second administrator.
         * @description Neither who asked for the grant nor who would receive it decides. The same decision again answers the first one.
         *     Refusals: 401 unauthenticated, 402 insufficient-tokens, 403 anonymous-not-allowed, not-an-administrator, forbidden,
         *     404 not-found, no-such-account, 409 idempotency-conflict, action-expired (after 24 hours, or the opposite was decided),
         *     422 self-grant, invalid-request, 503 contention, wallet-inconsistent.
         */
        post: operations["approve_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/confirm-checkout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * called by the page that Stripe returns to; credits what was paid, if the webhook has not yet.
         * @description `pending` is not paid yet, or is in `review`: it was paid in another way than it was offered, and a person decides.
         *     `expired` will not be paid any more, or was paid back. The receipt comes with `paid`; `reversed` is how much of
         *     the money went back, in minor units. `kind` is package, pass or subscription; `tokens` of the last are those of each
         *     payment. `until` is when the pass, or what was paid of the plan, ends; null of a package, and where that is not known
         *     yet. `property` is of a pass for one.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 not-found (somebody else's included),
         *     422 invalid-request, 503 unavailable, wallet-inconsistent.
         *     Asking again changes nothing: the credit is keyed by the session.
         */
        post: operations["confirm_checkout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/create-checkout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * a Stripe Checkout page that sells a package of tokens, or a plan.
         * @description Exactly one of the two is bought; `property` (`[A-Za-z0-9-]{1,64}`) goes with a plan that is sold for one property,
         *     and with nothing else. A plan is a subscription, which is switched and ended with POST /open-portal, or a pass, which is
         *     paid once and lengthens one of the same that still runs.
         *     The order is written before the answer leaves, so nobody can pay what was not recorded. While the user has an open
         *     session of the same that still offers the same and lives for half an hour more, it is handed out again, whatever the
         *     key.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, email-not-verified, wallet-frozen, 404 no-such-account,
         *     409 idempotency-conflict, already-subscribed, 422 invalid-request, plan-unavailable, 429 too-many-requests (ten new
         *     sessions an hour), 503 unavailable, wallet-inconsistent. A retry with the same key answers with the same session.
         */
        post: operations["create_checkout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/explain-charge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * was I charged? What a generation, an order, a tip or a ledger line came to, in one call.
         * @description Asking by the key works also when the answer to the request was lost. `kind` is generation, order, tip, grant (a line
         *     that an administrator made) or line. `charged` are the tokens that were taken from the caller, `returned` those that
         *     came back of them; both are 0 for what came in. `final` says that nothing of it can change any more. A ledger line
         *     never does, so ask for its generation or order to learn what may still come back. `money` is of orders, in minor
         *     units. `lines` are the caller's own.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator (userId), 404 not-found (another's
         *     included), 422 invalid-request.
         */
        get: operations["explain_charge"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/export-transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * the caller's ledger as a spreadsheet, oldest first.
         * @description `balance` is the true balance after the line, also inside a window. `reference` is the session, the generation, the
         *     order, the administrators' action or the other party. A cell that a spreadsheet would run as a formula is quoted with an
         *     apostrophe.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 422 invalid-request,
         *     503 unavailable, wallet-inconsistent.
         */
        get: operations["export_transactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/freeze-wallet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * stop what leaves somebody's wallet, or open it again. For administrators.
         * @description The answer says what the wallet is frozen for then. `"frozen": false` lifts what an administrator or the audit froze
         *     it for; the latter only if the wallet adds up. What comes in lands in a frozen wallet, too.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 404 no-such-account,
         *     409 idempotency-conflict, does-not-add-up, 422 invalid-request, 503 contention, wallet-inconsistent.
         *     A retry with the same key changes nothing.
         */
        post: operations["freeze_wallet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * charge for a generation and queue it.
         * @description `areas` are 1 to 8 distinct labels of at most 80 characters, one image and one cost each; without them one image.
         *     A `style` is one that GET /get-catalog lists for the feature.
         *     `paidBy` is what pays for all of it: plan, pass (of the `property`, or of everything), trial or tokens, the first
         *     that can; `cost` is 0 unless it is tokens. `payWith` has tokens pay whatever else could. What fails is refunded;
         *     GET /get-generation tells.
         *     Refusals: 401 unauthenticated, 402 access-required, insufficient-tokens, tokens-owed, 403 anonymous-not-allowed,
         *     email-not-verified, wallet-frozen, 404 no-such-account, 409 idempotency-conflict, 422 feature-unavailable
         *     (a video, where the image model makes none), invalid-request, 429 daily-limit, fair-use-reached, too-many-at-once,
         *     503 budget-used-up, contention, wallet-inconsistent. A retry with the same key answers the same and charges nothing.
         */
        post: operations["generate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get-account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * somebody's wallet, orders and lines. For administrators.
         * @description `orders` are the last 20 and those that tokens are owed for, `lines` the last 20. A number of the wallet that is
         *     none is null; of a wallet that cannot be read the rest is empty. `email` is null where the user cannot sign in any
         *     more. A freeze of an unknown time is null.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 404 not-found (nobody has that e-mail),
         *     no-such-account, 422 invalid-request, 503 unavailable, wallet-inconsistent.
         */
        get: operations["get_account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get-catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * what things cost, shown before anyone spends. Public.
         * @description `amount` is in minor units of `currency`; `cost`, bonuses and tips in tokens. `kind` of a plan is subscription
         *     or pass, of a feature image or video. `bonusDays` after they were given, bonuses end; 0 is never. `tokensExpire` of
         *     a plan is never or period, with the period that was paid. Where `accessRequired`, features are for those who bought
         *     something that `grantsAccess`. What there is none of is null, or an empty list.
         */
        get: operations["get_catalog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get-feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * posts, newest first, of everyone or of one user. Public.
         * @description Two round trips however long the page: the posts, and which of them the caller likes. `nextCursor` is null at the end;
         *     a full last page may hand out one to an empty page. Refusals: 401 for a bad token, 422 invalid-request.
         */
        get: operations["get_feed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get-generation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * how the caller's generation is doing, and what it cost.
         * @description `status` is queued, running, succeeded, partial or failed. `charge` answers "was I charged?": tokens taken when it
         *     was accepted, given back so far, and whether that can still change. Both are 0 where `paidBy` is plan, pass or trial,
         *     which get back what failed all the same. What failed with the `error` budget-used-up can be made tomorrow.
         *
         *     `picture` is { url, thumbUrl, width, height, color } as a post has it, or null; `imageUrl` is its `url`. Those of
         *     a picture that is not published work for 5 to 15 minutes. It is kept until `imagesExpireAt`, 30 days; then, and after
         *     its post was deleted, both are null, as is `postId` of a post that is gone.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 not-found (another's included), 422 invalid-request,
         *     503 unavailable.
         */
        get: operations["get_generation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get-post": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * one post. Public.
         * @description `liked` is whether the signed-in caller likes it. Refusals: 401 for a bad token, 404 not-found when it is gone.
         */
        get: operations["get_post"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get-profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * a user's public face. Public.
         * @description Refusals: 401 for a bad token, 404 not-found.
         */
        get: operations["get_profile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get-stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * what the caller earned, spent and bought in a span of time, and the lines of each type.
         * @description All of it is in tokens and summed from the ledger as of one moment. `earned`, `spent` and `bought` count as the
         *     lifetime totals of the wallet do: tips received, generations net of refunds, purchases. `types` names those that have
         *     lines. `from` and `to` are null where they were not given.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 422 invalid-request,
         *     503 unavailable, wallet-inconsistent.
         */
        get: operations["get_stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get-wallet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * what the caller holds, in tokens, and what they may use beside them.
         * @description `debt` are tokens of reversed payments that the wallet did not hold any more. `frozen` has the reasons for which
         *     nothing may leave the wallet, and is empty when it is open. `spendable` is what a payment may take now: the balance
         *     without what is over, or 0 while the wallet is frozen or owes. `expiring` are the tokens that end, soonest first.
         *
         *     `subscription` is active, past_due (see its `actionUrl`), cancelled or inactive; `until` is when what was paid
         *     ends, and `usable` whether the plan can be used now. `passes` are those that have not ended, in the order in which
         *     they are used; `property` is null where a pass is for everything. `unlimitedPerDay` are the pictures of `features`
         *     that plan or pass makes in a day (UTC) without tokens, null where it makes none; `usedToday` are those of them that it
         *     made. `today` counts the pictures of the day by whatever means; `imagesPerDay` is null where nothing bounds them.
         *
         *     `hasAccess` says whether a purchase, a pass or a plan grants the access that some economies require. `trial` counts
         *     images, and is null where there was none; `signupBonusGrantedAt` is null where nothing was given for signing up.
         *
         *     `autoReload` is null where nobody ever agreed to it. `spentThisMonth` (UTC) counts towards `monthlyCap`, in minor
         *     units; `failures` are the charges that were declined since the last good one, and `lastAt` is when the last reload
         *     began. `paused` is declined, authentication or disputed, until it is turned on again. With authentication
         *     `actionUrl` leads to a page to pay on, which ends the pause as well; it is null once that page has expired.
         *     `inFlight` is a reload under way; `card` has the brand and the last digits.
         *     `totalTokensCredited` is all that ever came in; what came back after a failed picture or a won dispute is not in it.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 503 wallet-inconsistent.
         */
        get: operations["get_wallet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/grant-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * give tokens to somebody, or take them. For administrators.
         * @description `reason` is one of the economy's list. An amount below zero is drawn like a payment, from a frozen wallet too, and
         *     never takes more than there is. Another administrator decides on a waiting grant within 24 hours: POST /approve-grant.
         *     Refusals: 401 unauthenticated, 402 insufficient-tokens, 403 anonymous-not-allowed, not-an-administrator,
         *     404 no-such-account, 409 idempotency-conflict, 422 self-grant, invalid-request, 429 daily-limit, 503 contention,
         *     wallet-inconsistent. A retry with the same key moves nothing, and tells how the grant stands.
         */
        post: operations["grant_tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/list-attention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * what waits for a person, oldest first. For administrators.
         * @description `about` is what has to be known to decide: the order and why it is parked; the grant that waits for a second
         *     administrator; why a wallet is frozen; the order whose payment is disputed, and `dueBy`, by which these are sorted;
         *     what the last audits found. `userId` is null where nobody in particular is concerned. A document that is not what it
         *     should be has its path in `about`, as `unreadable`. `rules` are what administrators may grant, in tokens, and the
         *     reasons that they may give.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 422 invalid-request (a changed cursor
         *     included).
         */
        get: operations["list_attention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/list-transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * the caller's ledger, newest first.
         * @description `from` is inclusive and `to` exclusive: RFC 3339 dates or date-times. `nextCursor` is null at the end; a full last
         *     page may hand out one to an empty page. A page costs its own lines in reads, however deep it lies.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, 422 invalid-request (a changed cursor
         *     included).
         */
        get: operations["list_transactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/open-account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * the caller's account, created on the first call.
         * @description The sign-up bonus is granted once per account and once per mailbox, on the first call with a verified e-mail; an account
         *     whose mailbox has had it opens without. `displayName` is the first name of a new account; without one it is what the
         *     sign-in knows. Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 422 invalid-request, 503 wallet-inconsistent,
         *     contention. A retry answers with the account as it is.
         */
        post: operations["open_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/open-portal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * a page of Stripe's where the caller sees invoices, changes the card, switches plans and cancels.
         * @description A cancelled plan lasts until the end of its period. A dearer plan begins at once, a cheaper one with the next period.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 no-such-account, no-customer (before the first checkout),
         *     503 unavailable. Each call opens a page of its own, and changes nothing.
         */
        post: operations["open_portal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/publish-post": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * make a post of a generation that was not published.
         * @description Refusals: 401 unauthenticated, 403 anonymous-not-allowed, 404 not-found (another's, or its post was deleted, or its
         *     pictures were after 30 days), 422 invalid-request (not finished yet, or no pictures). Again: the same post, as it is.
         */
        post: operations["publish_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rebuild-wallet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * set somebody's wallet to what the ledger says. For administrators.
         * @description Balance, funds and lifetime totals are those of the wallet's lines, the debt that of its orders, all as of one moment.
         *     What ends when, and what is left of the trial, is set to what the lines say as well. A number that was none is null in
         *     `before`. A wallet that agrees is left alone, and the two are equal. The wallet stays frozen: POST /freeze-wallet
         *     opens it.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 404 no-such-account,
         *     409 idempotency-conflict, does-not-add-up (the lines make no wallet), 422 invalid-request, 503 contention (tokens kept
         *     moving). A retry with the same key changes nothing, and answers the same.
         */
        post: operations["rebuild_wallet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/resolve-order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * decide on an order that waits for a person. For administrators.
         * @description `credit` gives what the order offered, or the reload was to buy, if Stripe says that it is paid; of an invoice, what
         *     the offers say that are on record by now. `refund` gives back all that is left of the money, through Stripe. `close`
         *     says that all of it went back already, or that none was collected; on a paid order of which it is unclear what went back
         *     it accepts what was taken back so far. `refund` and `close` end a parked order as `refunded`.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, not-an-administrator, 404 not-found,
         *     409 idempotency-conflict, order-not-parked, not-paid, another-account, not-returned,
         *     422 invalid-request, plan-unavailable (no offer says what an invoice sold),
         *     503 contention, unavailable, wallet-inconsistent. The same decision again answers the first one.
         */
        post: operations["resolve_order"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/set-auto-reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * has a wallet that runs low buy a package by itself, or not any more.
         * @description The package is bought with a saved card when a payment leaves fewer than `threshold` tokens, while a month (UTC) costs
         *     no more than `monthlyCap`, in minor units of the package's currency. What is not mentioned stays as it was.
         *     `setupUrl` leads to a page on which a card is to be saved first: then the answer shows what will be once that is done.
         *     Turning it on lifts whatever `paused` it: the card was `declined` several times, its bank wanted
         *     `authentication`, or a reload was `disputed`. Turning it off needs nothing else, whatever the state of the wallet;
         *     `inFlight` is a reload that was claimed before, whose tokens still come.
         *     Refusals: 401 unauthenticated, 403 anonymous-not-allowed, email-not-verified (to turn it on), wallet-frozen, forbidden
         *     (there is no auto-reload here), 404 no-such-account, 422 invalid-request, 503 contention, unavailable,
         *     wallet-inconsistent. Asking again changes nothing.
         */
        post: operations["set_auto_reload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * send tokens to a creator.
         * @description All of it reaches the creator; what the tipper had from bonuses stays bonus in the creator's hands.
         *     Refusals: 401 unauthenticated, 402 insufficient-tokens, tokens-owed, 403 anonymous-not-allowed, email-not-verified,
         *     forbidden (the economy has no tips), wallet-frozen, recipient-unavailable, 404 no-such-account, not-found (the post is
         *     gone), 409 idempotency-conflict, 422 self-tip, invalid-request, 503 contention, wallet-inconsistent. A retry with the
         *     same key answers the same and moves nothing.
         */
        post: operations["tip"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccountAnswer: {
            userId: string;
            email: string | null;
            wallet: components["schemas"]["WalletAnswer"];
            orders: {
                [key: string]: unknown;
            }[];
            lines: {
                [key: string]: unknown;
            }[];
            disputes: components["schemas"]["DisputeAnswer"][];
            frozen: {
                [key: string]: string | null;
            };
            rules: components["schemas"]["Rules"];
        };
        AdminDetails: {
            actionId: string;
            actorId: string;
            reason: string;
        };
        AdminLineAnswer: {
            id: string;
            amount: number;
            funds: components["schemas"]["FundsAnswer"];
            /** Format: date-time */
            timestamp: string;
            economy: string;
            /** @constant */
            type: "admin_credit";
            details: components["schemas"]["AdminDetails"];
        };
        ApprovalAnswer: {
            /** @enum {string} */
            status: "granted" | "refused";
            tokenBalance: number;
            transactionId: string | null;
        };
        ApproveGrantRequest: {
            actionId: string;
            /** @description Default: true */
            approve?: boolean;
        };
        AreaAnswer: {
            label: string | null;
            /** @enum {string} */
            status: "queued" | "succeeded" | "failed";
            imageUrl: string | null;
            picture: components["schemas"]["PictureAnswer"] | null;
            error: string | null;
        };
        AttentionAnswer: {
            items: components["schemas"]["MatterAnswer"][];
            nextCursor: string | null;
            rules: components["schemas"]["Rules"];
        };
        AuthorAnswer: {
            displayName: string;
            photoUrl: string | null;
        };
        AutoReloadAnswer: {
            enabled: boolean;
            threshold: number;
            package: string;
            monthlyCap: number;
            spentThisMonth: number;
            failures: number;
            lastAt: string | null;
            paused: ("declined" | "authentication" | "disputed") | null;
            actionUrl: string | null;
            inFlight: string | null;
            card: components["schemas"]["CardAnswer"] | null;
        };
        CardAnswer: {
            brand: string;
            last4: string;
        };
        CatalogAnswer: {
            unit: string;
            signupBonus: number;
            bonusDays: number;
            trial: components["schemas"]["GetCatalogTrialAnswer"] | null;
            accessRequired: boolean;
            packages: components["schemas"]["PackageAnswer"][];
            plans: components["schemas"]["PlanAnswer"][];
            features: components["schemas"]["FeatureAnswer"][];
            styles: components["schemas"]["StyleAnswer"][];
            tip: components["schemas"]["TipAnswer"] | null;
            autoReload: components["schemas"]["GetCatalogAutoReloadAnswer"] | null;
        };
        ChargeAnswer: {
            cost: number;
            refunded: number;
            /** @enum {string} */
            paidBy: "tokens" | "trial" | "plan" | "pass";
            final: boolean;
        };
        CheckoutAnswer: {
            sessionId: string;
            url: string;
        };
        ConfirmCheckoutRequest: {
            sessionId: string;
        };
        ConfirmationAnswer: {
            /** @enum {string} */
            status: "paid" | "pending" | "expired";
            tokenBalance: number;
            review: boolean;
            receipt: components["schemas"]["ReceiptAnswer"] | null;
        };
        CreateCheckoutRequest: {
            package?: string | null;
            plan?: string | null;
            property?: string | null;
        };
        DisputeAnswer: {
            orderId: string;
            id: string;
            status: string;
            amount: number;
            currency: string;
            dueBy: string | null;
        };
        ExpiringAnswer: {
            tokens: number;
            fund: string;
            /** Format: date-time */
            expiresAt: string;
        };
        ExplainedLineAnswer: {
            id: string;
            /** @enum {string} */
            type: "purchase" | "signup_bonus" | "generation_spend" | "refund" | "tip_sent" | "tip_received" | "admin_credit" | "subscription_grant" | "auto_reload" | "clawback" | "reinstatement" | "payout" | "payout_return" | "expiry";
            amount: number;
            /** Format: date-time */
            timestamp: string;
        };
        ExplanationAnswer: {
            found: boolean;
            /** @enum {string} */
            kind?: "generation" | "order" | "tip" | "grant" | "line";
            id?: string;
            status?: string;
            charged?: number;
            returned?: number;
            final?: boolean;
            money?: components["schemas"]["MoneyAnswer"] | null;
            lines?: components["schemas"]["ExplainedLineAnswer"][];
        };
        FeatureAnswer: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "image" | "video";
            cost: number;
        };
        FeedAnswer: {
            posts: components["schemas"]["PostAnswer"][];
            nextCursor: string | null;
        };
        FreezeAnswer: {
            frozen: string[];
        };
        FreezeWalletRequest: {
            userId: string;
            frozen: boolean;
            reason: string;
        };
        FundNumbers: {
            bonus: number | null;
            purchased: number | null;
            earned: number | null;
        };
        FundsAnswer: {
            bonus: number;
            purchased: number;
            earned: number;
        };
        GenerateAnswer: {
            generationId: string;
            cost: number;
            tokenBalance: number;
            /** @enum {string} */
            paidBy: "tokens" | "trial" | "plan" | "pass";
            trialRemaining: number;
        };
        GenerateRequest: {
            feature: string;
            prompt: string;
            areas?: string[] | null;
            /** @description Default: true */
            publish?: boolean;
            /** @description Default: "" */
            caption?: string;
            style?: string | null;
            property?: string | null;
            payWith?: "tokens" | null;
        };
        GenerationAnswer: {
            id: string;
            /** @enum {string} */
            status: "queued" | "running" | "succeeded" | "partial" | "failed";
            style: string | null;
            areas: components["schemas"]["AreaAnswer"][];
            postId: string | null;
            imagesExpireAt: string | null;
            charge: components["schemas"]["ChargeAnswer"];
        };
        GenerationDetails: {
            generationId: string;
            feature: string;
            areas: number;
            /** @enum {string} */
            paidBy?: "trial" | "plan" | "pass";
            images?: number;
        };
        GenerationLineAnswer: {
            id: string;
            amount: number;
            funds: components["schemas"]["FundsAnswer"];
            /** Format: date-time */
            timestamp: string;
            economy: string;
            /** @enum {string} */
            type: "generation_spend" | "refund";
            details: components["schemas"]["GenerationDetails"];
        };
        GetCatalogAutoReloadAnswer: {
            thresholdMin: number;
            thresholdMax: number;
            packages: string[];
        };
        GetCatalogTrialAnswer: {
            images: number;
            features: string[];
        };
        GetWalletWalletAnswer: {
            tokenBalance: number;
            funds: components["schemas"]["FundsAnswer"];
            totalTokensPurchased: number;
            totalTokensSpent: number;
            totalTokensEarned: number;
            totalTokensCredited: number;
            debt: number;
            frozen: string[];
            spendable: number;
            expiring: components["schemas"]["ExpiringAnswer"][];
            subscription: components["schemas"]["SubscriptionAnswer"] | null;
            passes: components["schemas"]["PassAnswer"][];
            today: components["schemas"]["TodayAnswer"];
            hasAccess: boolean;
            trial: components["schemas"]["TrialAnswer"] | null;
            signupBonusGrantedAt: string | null;
            autoReload: components["schemas"]["AutoReloadAnswer"] | null;
        };
        GrantAnswer: {
            /** @constant */
            status: "granted";
            tokenBalance: number;
            transactionId: string;
        };
        GrantTokensRequest: {
            userId: string;
            amount: number;
            reason: string;
            /** @description Default: "" */
            note?: string;
        };
        MatterAnswer: {
            id: string;
            userId: string | null;
            /** Format: date-time */
            since: string;
            about: {
                [key: string]: unknown;
            };
        };
        MoneyAnswer: {
            paid: number;
            reversed: number;
            currency: string;
        };
        OpenAccountAccountAnswer: {
            id: string;
            tokenBalance: number;
            funds: components["schemas"]["FundsAnswer"];
            totalTokensPurchased: number;
            totalTokensSpent: number;
            totalTokensEarned: number;
            signupBonusGranted: boolean;
            /** Format: date-time */
            createdAt: string;
        };
        OpenAccountRequest: {
            displayName?: string | null;
        };
        OpenPortalRequest: Record<string, never>;
        OtherLineAnswer: {
            id: string;
            amount: number;
            funds: components["schemas"]["FundsAnswer"];
            /** Format: date-time */
            timestamp: string;
            economy: string;
            /** @enum {string} */
            type: "subscription_grant" | "auto_reload" | "payout" | "payout_return" | "expiry";
            details: {
                [key: string]: unknown;
            };
        };
        PackageAnswer: {
            id: string;
            name: string;
            tokens: number;
            amount: number;
            currency: string;
            bonusPercent: number;
            grantsAccess: boolean;
        };
        PassAnswer: {
            plan: string;
            property: string | null;
            /** Format: date-time */
            until: string;
            unlimitedPerDay: number | null;
            usedToday: number;
            features: string[];
        };
        PictureAnswer: {
            url: string;
            thumbUrl: string;
            width: number;
            height: number;
            color: string;
            seconds?: number;
            contentType?: string;
        };
        PlanAnswer: {
            id: string;
            name: string;
            tier: string;
            /** @enum {string} */
            kind: "subscription" | "pass";
            amount: number;
            currency: string;
            interval: ("week" | "month" | "year") | null;
            tokens: number;
            /** @enum {string} */
            tokensExpire: "never" | "period";
            unlimitedPerDay: number | null;
            features: string[];
            days: number | null;
            perProperty: boolean;
            grantsAccess: boolean;
        };
        PortalAnswer: {
            url: string;
        };
        PostAnswer: {
            id: string;
            userId: string;
            author: components["schemas"]["AuthorAnswer"];
            type: string;
            media: components["schemas"]["PictureAnswer"][];
            mediaUrl: string;
            caption: string;
            likeCount: number;
            liked: boolean;
            /** Format: date-time */
            createdAt: string;
        };
        ProfileAnswer: {
            id: string;
            displayName: string;
            photoUrl: string | null;
            bio: string;
            postCount: number;
            /** Format: date-time */
            createdAt: string;
        };
        PublicationAnswer: {
            postId: string;
        };
        PublishPostRequest: {
            generationId: string;
            caption: string;
        };
        PurchaseAnswer: {
            id: string;
            amount: number;
            funds: components["schemas"]["FundsAnswer"];
            /** Format: date-time */
            timestamp: string;
            economy: string;
            /** @constant */
            type: "purchase";
            details: components["schemas"]["PurchaseDetails"];
        };
        PurchaseDetails: {
            stripeSessionId: string;
            paymentIntentId: string | null;
            package?: string;
            plan?: string;
            amount: number;
            currency: string;
        };
        RebuildAnswer: {
            before: components["schemas"]["WalletNumbers"];
            after: components["schemas"]["WalletNumbers"];
        };
        RebuildWalletRequest: {
            userId: string;
            reason: string;
        };
        ReceiptAnswer: {
            /** @enum {string} */
            kind: "package" | "pass" | "subscription";
            package?: string;
            plan?: string;
            property: string | null;
            until: string | null;
            tokens: number;
            amount: number;
            currency: string;
            /** Format: date-time */
            paidAt: string;
            reversed: number;
            tokensTakenBack: number;
        };
        ResolveAnswer: {
            status: string;
        };
        ResolveOrderRequest: {
            orderId: string;
            /** @enum {string} */
            decision: "credit" | "refund" | "close";
            reason: string;
        };
        ReversalAnswer: {
            id: string;
            amount: number;
            funds: components["schemas"]["FundsAnswer"];
            /** Format: date-time */
            timestamp: string;
            economy: string;
            /** @enum {string} */
            type: "clawback" | "reinstatement";
            details: components["schemas"]["ReversalDetails"];
        };
        ReversalDetails: {
            orderId: string;
            paid: number;
            reversed: number;
            currency: string;
            due: number;
            owed: number;
            step: number;
        };
        Rules: {
            reasons: string[];
            grantAlone: number;
            grantMaximum: number;
            grantDaily: number;
        };
        SetAutoReloadRequest: {
            enabled: boolean;
            threshold?: number | null;
            package?: string | null;
            monthlyCap?: number | null;
        };
        SettingsAnswer: {
            enabled: boolean;
            threshold: number | null;
            package: string | null;
            monthlyCap: number | null;
            paused: ("declined" | "authentication" | "disputed") | null;
            inFlight: string | null;
            setupUrl: string | null;
        };
        StatsAnswer: {
            from: string | null;
            to: string | null;
            types: components["schemas"]["TypeAnswer"][];
            earned: number;
            spent: number;
            bought: number;
        };
        StyleAnswer: {
            id: string;
            name: string;
            features: string[];
        };
        SubscriptionAnswer: {
            id: string;
            plan: string;
            tier: string;
            /** @enum {string} */
            status: "inactive" | "active" | "past_due" | "cancelled";
            until: string | null;
            actionUrl: string | null;
            usable: boolean;
            unlimitedPerDay: number | null;
            usedToday: number;
            features: string[];
        };
        TipAnswer: {
            min: number;
            max: number;
            presets: number[];
        };
        TipDetails: {
            senderId: string;
            recipientId: string;
            postId?: string;
        };
        TipLineAnswer: {
            id: string;
            amount: number;
            funds: components["schemas"]["FundsAnswer"];
            /** Format: date-time */
            timestamp: string;
            economy: string;
            /** @enum {string} */
            type: "tip_sent" | "tip_received";
            details: components["schemas"]["TipDetails"];
        };
        TipRequest: {
            recipientId: string;
            amount: number;
            postId?: string | null;
        };
        TipTipAnswer: {
            tokenBalance: number;
        };
        TodayAnswer: {
            images: number;
            imagesPerDay: number | null;
            /** Format: date-time */
            resetsAt: string;
        };
        TransactionsAnswer: {
            transactions: (components["schemas"]["PurchaseAnswer"] | components["schemas"]["GenerationLineAnswer"] | components["schemas"]["TipLineAnswer"] | components["schemas"]["WelcomeAnswer"] | components["schemas"]["ReversalAnswer"] | components["schemas"]["AdminLineAnswer"] | components["schemas"]["OtherLineAnswer"])[];
            nextCursor: string | null;
        };
        TrialAnswer: {
            remaining: number;
            used: number;
        };
        TypeAnswer: {
            /** @enum {string} */
            type: "purchase" | "signup_bonus" | "generation_spend" | "refund" | "tip_sent" | "tip_received" | "admin_credit" | "subscription_grant" | "auto_reload" | "clawback" | "reinstatement" | "payout" | "payout_return" | "expiry";
            count: number;
            amount: number;
        };
        WaitingAnswer: {
            /** @enum {string} */
            status: "waiting" | "refused" | "expired";
            actionId: string;
        };
        WalletAnswer: {
            tokenBalance: number | null;
            funds: components["schemas"]["FundNumbers"];
            totalTokensPurchased: number | null;
            totalTokensSpent: number | null;
            totalTokensEarned: number | null;
            totalTokensCredited: number | null;
            debt: number | null;
            frozen: string[];
            spendable: number;
            expiring: components["schemas"]["ExpiringAnswer"][];
            subscription: components["schemas"]["SubscriptionAnswer"] | null;
            passes: components["schemas"]["PassAnswer"][];
            today: components["schemas"]["TodayAnswer"];
            hasAccess: boolean;
            trial: components["schemas"]["TrialAnswer"] | null;
            signupBonusGrantedAt: string | null;
            autoReload: components["schemas"]["AutoReloadAnswer"] | null;
        };
        WalletNumbers: {
            tokenBalance: number | null;
            funds: components["schemas"]["FundNumbers"];
            totalTokensPurchased: number | null;
            totalTokensSpent: number | null;
            totalTokensEarned: number | null;
            totalTokensCredited: number | null;
            debt: number | null;
        };
        WelcomeAnswer: {
            id: string;
            amount: number;
            funds: components["schemas"]["FundsAnswer"];
            /** Format: date-time */
            timestamp: string;
            economy: string;
            /** @constant */
            type: "signup_bonus";
            details: components["schemas"]["WelcomeDetails"];
        };
        WelcomeDetails: {
            trial?: number;
        };
        /** @description RFC 9457 */
        Problem: {
            /** @constant */
            type: "internal-error";
            /** @constant */
            title: "Something went wrong on our side";
            /** @constant */
            status: 500;
            detail: string;
        };
        /** @description RFC 9457 */
        Malformed: {
            /** @constant */
            type: "malformed";
            /** @constant */
            title: "The request is malformed";
            /** @constant */
            status: 400;
            detail: string;
        };
        /** @description RFC 9457 */
        Unauthenticated: {
            /** @constant */
            type: "unauthenticated";
            /** @constant */
            title: "Sign in first";
            /** @constant */
            status: 401;
            detail: string;
        };
        /** @description RFC 9457 */
        InsufficientTokens: {
            /** @constant */
            type: "insufficient-tokens";
            /** @constant */
            title: "Not enough tokens";
            /** @constant */
            status: 402;
            detail: string;
            balance: number;
            required: number;
            shortfall: number;
            trialRemaining?: number;
            canReload?: boolean;
        };
        /** @description RFC 9457 */
        TokensOwed: {
            /** @constant */
            type: "tokens-owed";
            /** @constant */
            title: "This wallet owes tokens";
            /** @constant */
            status: 402;
            detail: string;
            debt: number;
            balance: number;
        };
        /** @description RFC 9457 */
        AccessRequired: {
            /** @constant */
            type: "access-required";
            /** @constant */
            title: "Buy access first";
            /** @constant */
            status: 402;
            detail: string;
        };
        /** @description RFC 9457 */
        Forbidden: {
            /** @constant */
            type: "forbidden";
            /** @constant */
            title: "Not allowed";
            /** @constant */
            status: 403;
            detail: string;
        };
        /** @description RFC 9457 */
        EmailNotVerified: {
            /** @constant */
            type: "email-not-verified";
            /** @constant */
            title: "Verify your e-mail address first";
            /** @constant */
            status: 403;
            detail: string;
        };
        /** @description RFC 9457 */
        AnonymousNotAllowed: {
            /** @constant */
            type: "anonymous-not-allowed";
            /** @constant */
            title: "Anonymous users cannot do this";
            /** @constant */
            status: 403;
            detail: string;
        };
        /** @description RFC 9457 */
        WalletFrozen: {
            /** @constant */
            type: "wallet-frozen";
            /** @constant */
            title: "This wallet is frozen";
            /** @constant */
            status: 403;
            detail: string;
        };
        /** @description RFC 9457 */
        RecipientUnavailable: {
            /** @constant */
            type: "recipient-unavailable";
            /** @constant */
            title: "The recipient cannot be tipped";
            /** @constant */
            status: 403;
            detail: string;
        };
        /** @description RFC 9457 */
        NotAnAdministrator: {
            /** @constant */
            type: "not-an-administrator";
            /** @constant */
            title: "Only administrators can do this";
            /** @constant */
            status: 403;
            detail: string;
        };
        /** @description RFC 9457 */
        NotFound: {
            /** @constant */
            type: "not-found";
            /** @constant */
            title: "Not found";
            /** @constant */
            status: 404;
            detail: string;
        };
        /** @description RFC 9457 */
        NoSuchAccount: {
            /** @constant */
            type: "no-such-account";
            /** @constant */
            title: "There is no such account";
            /** @constant */
            status: 404;
            detail: string;
        };
        /** @description RFC 9457 */
        NoCustomer: {
            /** @constant */
            type: "no-customer";
            /** @constant */
            title: "Nothing was bought yet";
            /** @constant */
            status: 404;
            detail: string;
        };
        /** @description RFC 9457 */
        MethodNotAllowed: {
            /** @constant */
            type: "method-not-allowed";
            /** @constant */
            title: "Method not allowed";
            /** @constant */
            status: 405;
            detail: string;
            allowed: string[];
        };
        /** @description RFC 9457 */
        IdempotencyConflict: {
            /** @constant */
            type: "idempotency-conflict";
            /** @constant */
            title: "This Idempotency-Key was used for another request";
            /** @constant */
            status: 409;
            detail: string;
        };
        /** @description RFC 9457 */
        AlreadySubscribed: {
            /** @constant */
            type: "already-subscribed";
            /** @constant */
            title: "There is a subscription already";
            /** @constant */
            status: 409;
            detail: string;
        };
        /** @description RFC 9457 */
        ActionExpired: {
            /** @constant */
            type: "action-expired";
            /** @constant */
            title: "This action does not wait any more";
            /** @constant */
            status: 409;
            detail: string;
        };
        /** @description RFC 9457 */
        OrderNotParked: {
            /** @constant */
            type: "order-not-parked";
            /** @constant */
            title: "There is nothing to decide about this order";
            /** @constant */
            status: 409;
            detail: string;
        };
        /** @description RFC 9457 */
        NotPaid: {
            /** @constant */
            type: "not-paid";
            /** @constant */
            title: "Stripe does not say that this was paid";
            /** @constant */
            status: 409;
            detail: string;
        };
        /** @description RFC 9457 */
        NotReturned: {
            /** @constant */
            type: "not-returned";
            /** @constant */
            title: "Not all of the money went back";
            /** @constant */
            status: 409;
            detail: string;
        };
        /** @description RFC 9457 */
        AnotherAccount: {
            /** @constant */
            type: "another-account";
            /** @constant */
            title: "Another account bought this";
            /** @constant */
            status: 409;
            detail: string;
        };
        /** @description RFC 9457 */
        DoesNotAddUp: {
            /** @constant */
            type: "does-not-add-up";
            /** @constant */
            title: "This wallet does not add up";
            /** @constant */
            status: 409;
            detail: string;
            findings: Record<string, never>[];
        };
        /** @description RFC 9457 */
        TooLarge: {
            /** @constant */
            type: "too-large";
            /** @constant */
            title: "The request is too large";
            /** @constant */
            status: 413;
            detail: string;
        };
        /** @description RFC 9457 */
        UnsupportedMediaType: {
            /** @constant */
            type: "unsupported-media-type";
            /** @constant */
            title: "Send application/json";
            /** @constant */
            status: 415;
            detail: string;
        };
        /** @description RFC 9457 */
        InvalidRequest: {
            /** @constant */
            type: "invalid-request";
            /** @constant */
            title: "The request is not valid";
            /** @constant */
            status: 422;
            detail: string;
            errors: {
                field: string;
                detail: string;
            }[];
        };
        /** @description RFC 9457 */
        SelfTip: {
            /** @constant */
            type: "self-tip";
            /** @constant */
            title: "You cannot tip yourself";
            /** @constant */
            status: 422;
            detail: string;
            errors: {
                field: string;
                detail: string;
            }[];
        };
        /** @description RFC 9457 */
        SelfGrant: {
            /** @constant */
            type: "self-grant";
            /** @constant */
            title: "You cannot grant tokens to yourself";
            /** @constant */
            status: 422;
            detail: string;
            errors: {
                field: string;
                detail: string;
            }[];
        };
        /** @description RFC 9457 */
        FeatureUnavailable: {
            /** @constant */
            type: "feature-unavailable";
            /** @constant */
            title: "This feature cannot be had here";
            /** @constant */
            status: 422;
            detail: string;
            errors: {
                field: string;
                detail: string;
            }[];
        };
        /** @description RFC 9457 */
        PlanUnavailable: {
            /** @constant */
            type: "plan-unavailable";
            /** @constant */
            title: "This plan is not for sale";
            /** @constant */
            status: 422;
            detail: string;
            errors: {
                field: string;
                detail: string;
            }[];
        };
        /** @description RFC 9457 */
        TooManyRequests: {
            /** @constant */
            type: "too-many-requests";
            /** @constant */
            title: "Too many requests";
            /** @constant */
            status: 429;
            detail: string;
        };
        /** @description RFC 9457 */
        DailyLimit: {
            /** @constant */
            type: "daily-limit";
            /** @constant */
            title: "The limit of this day is reached";
            /** @constant */
            status: 429;
            detail: string;
            limit: number;
            left: number;
            /** Format: date-time */
            resetsAt: string;
        };
        /** @description RFC 9457 */
        FairUseReached: {
            /** @constant */
            type: "fair-use-reached";
            /** @constant */
            title: "The plan makes no more pictures today";
            /** @constant */
            status: 429;
            detail: string;
            perDay: number;
            /** Format: date-time */
            resetsAt: string;
        };
        /** @description RFC 9457 */
        TooManyAtOnce: {
            /** @constant */
            type: "too-many-at-once";
            /** @constant */
            title: "Wait for the pictures that are being made";
            /** @constant */
            status: 429;
            detail: string;
        };
        /** @description RFC 9457 */
        Unavailable: {
            /** @constant */
            type: "unavailable";
            /** @constant */
            title: "Temporarily unavailable";
            /** @constant */
            status: 503;
            detail: string;
        };
        /** @description RFC 9457 */
        Contention: {
            /** @constant */
            type: "contention";
            /** @constant */
            title: "Too many requests at this wallet at once";
            /** @constant */
            status: 503;
            detail: string;
        };
        /** @description RFC 9457 */
        Busy: {
            /** @constant */
            type: "busy";
            /** @constant */
            title: "Another worker is making this";
            /** @constant */
            status: 503;
            detail: string;
        };
        /** @description RFC 9457 */
        OrderMissing: {
            /** @constant */
            type: "order-missing";
            /** @constant */
            title: "This payment has no order yet";
            /** @constant */
            status: 503;
            detail: string;
        };
        /** @description RFC 9457 */
        WalletInconsistent: {
            /** @constant */
            type: "wallet-inconsistent";
            /** @constant */
            title: "This wallet does not add up";
            /** @constant */
            status: 503;
            detail: string;
        };
        /** @description RFC 9457 */
        BudgetUsedUp: {
            /** @constant */
            type: "budget-used-up";
            /** @constant */
            title: "No more pictures are made today";
            /** @constant */
            status: 503;
            detail: string;
            /** Format: date-time */
            resetsAt: string;
        };
    };
    responses: {
        /** @description access-required, insufficient-tokens, tokens-owed */
        AccessRequiredOrInsufficientTokensOrTokensOwed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["AccessRequired"] | components["schemas"]["InsufficientTokens"] | components["schemas"]["TokensOwed"];
            };
        };
        /** @description action-expired, idempotency-conflict */
        ActionExpiredOrIdempotencyConflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ActionExpired"] | components["schemas"]["IdempotencyConflict"];
            };
        };
        /** @description already-subscribed, idempotency-conflict */
        AlreadySubscribedOrIdempotencyConflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["AlreadySubscribed"] | components["schemas"]["IdempotencyConflict"];
            };
        };
        /** @description anonymous-not-allowed, email-not-verified, forbidden, recipient-unavailable, wallet-frozen */
        AnonymousNotAllowedOrEmailNotVerifiedOrForbiddenOrRecipientUnavailableOrWalletFrozen: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["AnonymousNotAllowed"] | components["schemas"]["EmailNotVerified"] | components["schemas"]["Forbidden"] | components["schemas"]["RecipientUnavailable"] | components["schemas"]["WalletFrozen"];
            };
        };
        /** @description anonymous-not-allowed, email-not-verified, forbidden, wallet-frozen */
        AnonymousNotAllowedOrEmailNotVerifiedOrForbiddenOrWalletFrozen: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["AnonymousNotAllowed"] | components["schemas"]["EmailNotVerified"] | components["schemas"]["Forbidden"] | components["schemas"]["WalletFrozen"];
            };
        };
        /** @description anonymous-not-allowed, forbidden */
        AnonymousNotAllowedOrForbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["AnonymousNotAllowed"] | components["schemas"]["Forbidden"];
            };
        };
        /** @description anonymous-not-allowed, forbidden, not-an-administrator */
        AnonymousNotAllowedOrForbiddenOrNotAnAdministrator: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["AnonymousNotAllowed"] | components["schemas"]["Forbidden"] | components["schemas"]["NotAnAdministrator"];
            };
        };
        /** @description another-account, idempotency-conflict, not-paid, not-returned, order-not-parked */
        AnotherAccountOrIdempotencyConflictOrNotPaidOrNotReturnedOrOrderNotParked: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["AnotherAccount"] | components["schemas"]["IdempotencyConflict"] | components["schemas"]["NotPaid"] | components["schemas"]["NotReturned"] | components["schemas"]["OrderNotParked"];
            };
        };
        /** @description budget-used-up, contention, unavailable, wallet-inconsistent */
        BudgetUsedUpOrContentionOrUnavailableOrWalletInconsistent: {
            headers: {
                "Retry-After": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["BudgetUsedUp"] | components["schemas"]["Contention"] | components["schemas"]["Unavailable"] | components["schemas"]["WalletInconsistent"];
            };
        };
        /** @description contention, unavailable */
        ContentionOrUnavailable: {
            headers: {
                "Retry-After": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Contention"] | components["schemas"]["Unavailable"];
            };
        };
        /** @description contention, unavailable, wallet-inconsistent */
        ContentionOrUnavailableOrWalletInconsistent: {
            headers: {
                "Retry-After": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Contention"] | components["schemas"]["Unavailable"] | components["schemas"]["WalletInconsistent"];
            };
        };
        /** @description daily-limit */
        DailyLimit: {
            headers: {
                "Retry-After": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["DailyLimit"];
            };
        };
        /** @description daily-limit, fair-use-reached, too-many-at-once */
        DailyLimitOrFairUseReachedOrTooManyAtOnce: {
            headers: {
                "Retry-After": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["DailyLimit"] | components["schemas"]["FairUseReached"] | components["schemas"]["TooManyAtOnce"];
            };
        };
        /** @description does-not-add-up, idempotency-conflict */
        DoesNotAddUpOrIdempotencyConflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["DoesNotAddUp"] | components["schemas"]["IdempotencyConflict"];
            };
        };
        /** @description feature-unavailable, invalid-request */
        FeatureUnavailableOrInvalidRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["FeatureUnavailable"] | components["schemas"]["InvalidRequest"];
            };
        };
        /** @description forbidden */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Forbidden"];
            };
        };
        /** @description idempotency-conflict */
        IdempotencyConflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["IdempotencyConflict"];
            };
        };
        /** @description insufficient-tokens */
        InsufficientTokens: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InsufficientTokens"];
            };
        };
        /** @description insufficient-tokens, tokens-owed */
        InsufficientTokensOrTokensOwed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InsufficientTokens"] | components["schemas"]["TokensOwed"];
            };
        };
        /** @description invalid-request */
        InvalidRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidRequest"];
            };
        };
        /** @description invalid-request, plan-unavailable */
        InvalidRequestOrPlanUnavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidRequest"] | components["schemas"]["PlanUnavailable"];
            };
        };
        /** @description invalid-request, self-grant */
        InvalidRequestOrSelfGrant: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidRequest"] | components["schemas"]["SelfGrant"];
            };
        };
        /** @description invalid-request, self-tip */
        InvalidRequestOrSelfTip: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidRequest"] | components["schemas"]["SelfTip"];
            };
        };
        /** @description malformed */
        Malformed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Malformed"];
            };
        };
        /** @description no-customer, no-such-account */
        NoCustomerOrNoSuchAccount: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NoCustomer"] | components["schemas"]["NoSuchAccount"];
            };
        };
        /** @description no-such-account */
        NoSuchAccount: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NoSuchAccount"];
            };
        };
        /** @description no-such-account, not-found */
        NoSuchAccountOrNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NoSuchAccount"] | components["schemas"]["NotFound"];
            };
        };
        /** @description not-found */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotFound"];
            };
        };
        /** @description internal-error */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description too-large */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooLarge"];
            };
        };
        /** @description too-many-requests */
        TooManyRequests: {
            headers: {
                "Retry-After": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooManyRequests"];
            };
        };
        /** @description unauthenticated */
        Unauthenticated: {
            headers: {
                "WWW-Authenticate": string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Unauthenticated"];
            };
        };
        /** @description unsupported-media-type */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnsupportedMediaType"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    approve_grant: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApproveGrantRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            402: components["responses"]["InsufficientTokens"];
            403: components["responses"]["AnonymousNotAllowedOrForbiddenOrNotAnAdministrator"];
            404: components["responses"]["NoSuchAccountOrNotFound"];
            409: components["responses"]["ActionExpiredOrIdempotencyConflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequestOrSelfGrant"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    confirm_checkout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmCheckoutRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfirmationAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    create_checkout: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateCheckoutRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckoutAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrEmailNotVerifiedOrForbiddenOrWalletFrozen"];
            404: components["responses"]["NoSuchAccount"];
            409: components["responses"]["AlreadySubscribedOrIdempotencyConflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequestOrPlanUnavailable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    explain_charge: {
        parameters: {
            query?: {
                id?: string;
                key?: string;
                function?: "generate" | "tip" | "create_checkout";
                userId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplanationAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbiddenOrNotAnAdministrator"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    export_transactions: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            404: components["responses"]["NoSuchAccount"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    freeze_wallet: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FreezeWalletRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FreezeAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbiddenOrNotAnAdministrator"];
            404: components["responses"]["NoSuchAccount"];
            409: components["responses"]["DoesNotAddUpOrIdempotencyConflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    generate: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerateRequest"];
            };
        };
        responses: {
            /** @description done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerateAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            402: components["responses"]["AccessRequiredOrInsufficientTokensOrTokensOwed"];
            403: components["responses"]["AnonymousNotAllowedOrEmailNotVerifiedOrForbiddenOrWalletFrozen"];
            404: components["responses"]["NoSuchAccount"];
            409: components["responses"]["IdempotencyConflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["FeatureUnavailableOrInvalidRequest"];
            429: components["responses"]["DailyLimitOrFairUseReachedOrTooManyAtOnce"];
            500: components["responses"]["Problem"];
            503: components["responses"]["BudgetUsedUpOrContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    get_account: {
        parameters: {
            query?: {
                userId?: string;
                email?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbiddenOrNotAnAdministrator"];
            404: components["responses"]["NoSuchAccountOrNotFound"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    get_catalog: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    "Cache-Control": string;
                    Vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    get_feed: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                userId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    "Cache-Control": string;
                    Vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    get_generation: {
        parameters: {
            query: {
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    get_post: {
        parameters: {
            query: {
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    "Cache-Control": string;
                    Vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PostAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    get_profile: {
        parameters: {
            query: {
                userId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    "Cache-Control": string;
                    Vary: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    get_stats: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatsAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            404: components["responses"]["NoSuchAccount"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    get_wallet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetWalletWalletAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            404: components["responses"]["NoSuchAccount"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    grant_tokens: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GrantTokensRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantAnswer"];
                };
            };
            /** @description waiting */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitingAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            402: components["responses"]["InsufficientTokens"];
            403: components["responses"]["AnonymousNotAllowedOrForbiddenOrNotAnAdministrator"];
            404: components["responses"]["NoSuchAccount"];
            409: components["responses"]["IdempotencyConflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequestOrSelfGrant"];
            429: components["responses"]["DailyLimit"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    list_attention: {
        parameters: {
            query: {
                kind: "parked" | "grants" | "frozen" | "disputes" | "findings";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttentionAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbiddenOrNotAnAdministrator"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    list_transactions: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                type?: "purchase" | "signup_bonus" | "generation_spend" | "refund" | "tip_sent" | "tip_received" | "admin_credit" | "subscription_grant" | "auto_reload" | "clawback" | "reinstatement" | "payout" | "payout_return" | "expiry";
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TransactionsAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            404: components["responses"]["NoSuchAccount"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    open_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenAccountRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAccountAccountAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    open_portal: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenPortalRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PortalAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            404: components["responses"]["NoCustomerOrNoSuchAccount"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    publish_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PublishPostRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicationAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    rebuild_wallet: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RebuildWalletRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RebuildAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbiddenOrNotAnAdministrator"];
            404: components["responses"]["NoSuchAccount"];
            409: components["responses"]["DoesNotAddUpOrIdempotencyConflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailable"];
        };
    };
    resolve_order: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResolveOrderRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResolveAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrForbiddenOrNotAnAdministrator"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["AnotherAccountOrIdempotencyConflictOrNotPaidOrNotReturnedOrOrderNotParked"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequestOrPlanUnavailable"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    set_auto_reload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetAutoReloadRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["AnonymousNotAllowedOrEmailNotVerifiedOrForbiddenOrWalletFrozen"];
            404: components["responses"]["NoSuchAccount"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequest"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
    tip: {
        parameters: {
            query?: never;
            header: {
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TipRequest"];
            };
        };
        responses: {
            /** @description done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TipTipAnswer"];
                };
            };
            400: components["responses"]["Malformed"];
            401: components["responses"]["Unauthenticated"];
            402: components["responses"]["InsufficientTokensOrTokensOwed"];
            403: components["responses"]["AnonymousNotAllowedOrEmailNotVerifiedOrForbiddenOrRecipientUnavailableOrWalletFrozen"];
            404: components["responses"]["NoSuchAccountOrNotFound"];
            409: components["responses"]["IdempotencyConflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidRequestOrSelfTip"];
            500: components["responses"]["Problem"];
            503: components["responses"]["ContentionOrUnavailableOrWalletInconsistent"];
        };
    };
}
