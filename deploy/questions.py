"""Whether each function answers.

A revision that listens may still fail at its first request, which is when a function has loaded what it imports. So
each is asked something that costs nothing, until it answers as it should or was asked often enough.
"""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from deploy.gcloud import REQUEST_SECONDS, Gcloud, bearer, quoted, say, token_on_stdin
from deploy.settings import Settings, Stopped
from shared.manifest_row import Function

ROUNDS = 6
BETWEEN_ROUNDS_SECONDS = 10
OK = "200 application/json"
PAGE = "200 text/html"
REFUSAL = "application/problem+json"
WITH_BODY = ("--header", "Content-Type: application/json", "--data", "{}")


@dataclass(frozen=True, slots=True)
class Question:
    """A request that curl makes. An answer is good whose status and type begin like one of ``good``; ``with_token``
    says that the request comes with the operator's token."""

    good: tuple[str, ...]
    request: tuple[str, ...]
    with_token: bool = False

    @property
    def command(self) -> list[str]:
        command = ["curl", "--silent", "--show-error", "--output", "/dev/null"]
        command += ["--write-out", "%{http_code} %{content_type}\\n"]
        command += ["--connect-timeout", "10", "--max-time", str(REQUEST_SECONDS)]
        return [*command, *(("--header", "@-") if self.with_token else ()), *self.request]


Questions = Mapping[str, Sequence[Question]]
"""What is asked of each, by its name; the later question only where the answer to the first was good."""


def of_deployment(settings: Settings) -> Questions:
    """Hosting is asked too, where it was released."""
    hosting = {} if "hosting" in settings.skipped else {"hosting": _of_hosting(settings.hosting_url)}
    return {**of_functions(settings), **hosting}


def _of_hosting(url: str) -> list[Question]:
    """The catalog, pages under their own and under shared addresses, a page that there is not, and the site's file."""
    return [
        Question((OK,), (f"{url}/api/get-catalog",)),
        Question((PAGE,), (f"{url}/",)),
        Question((PAGE,), (f"{url}/p/x",)),
        Question(("404 text/html",), (f"{url}/nope",)),
        Question((OK,), (f"{url}/site.json",)),
    ]


def of_functions(settings: Settings) -> Questions:
    return {it.name: _of(it, f"{settings.functions_url}/{it.url_name}") for it in settings.functions}


def _of(function: Function, url: str) -> list[Question]:
    name = function.name
    match function.caller:
        case "firestore":  # Cloud Run lets nothing in from outside
            return [Question(("403", "404"), (*WITH_BODY, url))]
        case "tasks" | "scheduler":
            # Cloud Run refuses whoever has no token. With one it lets the operator in, if their roles allow it, and the
            # function says that they are not the account that may call it.
            return [
                Question(("403",), (*WITH_BODY, url)),
                Question((f"401 {REFUSAL}", "403"), (*WITH_BODY, url), with_token=True),
            ]
        case "stripe":
            # What a browser asks before a request: a refusal would count as a failure in the alert on Stripe's calls.
            preflight = ("--request", "OPTIONS", "--header", "Access-Control-Request-Method: POST")
            return [Question(("204",), (*preflight, url))]
    if name in ("get_catalog", "get_feed"):  # the second has read from Firestore
        return [Question((OK,), (url,))]
    if name in ("get_post", "get_profile"):  # the question does not say of whom
        return [Question((f"422 {REFUSAL}",), (url,))]
    if name.startswith(("get_", "list_", "export_", "explain_")):
        return [Question((f"401 {REFUSAL}",), (url,))]
    return [Question((f"401 {REFUSAL}",), (*WITH_BODY, url))]


def ask_all(gcloud: Gcloud, questions: Questions) -> None:
    """Asks all in parallel, then again those that have not answered as they should.

    Raises:
        Stopped: one still does not; it is named, with what it said.
    """
    gcloud.step("Asking whether everything answers.")
    token = gcloud.value("gcloud", "auth", "print-identity-token")
    if gcloud.settings.dry_run:
        for name, several in questions.items():
            for question in several:
                _print(gcloud, name, question)
        return
    silent = _ask(gcloud, questions, token)
    for _ in range(ROUNDS - 1):
        if not silent:
            break
        gcloud.note(f"Not yet, asking again: {', '.join(silent)}")
        gcloud.wait(BETWEEN_ROUNDS_SECONDS)
        silent = _ask(gcloud, {name: questions[name] for name in silent}, token)
    if silent:
        raise _silence(gcloud.settings, silent)
    gcloud.note(f"All that were asked answer as they should: {len(questions)}.")


def _print(gcloud: Gcloud, name: str, question: Question) -> None:
    gcloud.note(f"{name} should answer: {' or '.join(question.good)}")
    before = f"{token_on_stdin('identity')} | " if question.with_token else ""
    say(f"{before}{quoted(question.command)}")


def _ask(gcloud: Gcloud, questions: Questions, token: str) -> dict[str, str]:
    """What was said by those that did not answer as they should."""

    def wrong_answer(several: Sequence[Question]) -> str | None:
        for question in several:
            # The token comes on standard input, where no list of processes shows it.
            answer = gcloud.programs.run(question.command, bearer(token) if question.with_token else "").said
            if not answer.startswith(question.good):
                return answer or "nothing"
        return None

    with ThreadPoolExecutor(len(questions)) as pool:
        answers = dict(zip(questions, pool.map(wrong_answer, questions.values()), strict=True))
    return {name: answer for name, answer in answers.items() if answer is not None}


def _silence(settings: Settings, silent: Mapping[str, str]) -> Stopped:
    for name, answer in silent.items():
        print(f"   {name:20} {answer}", file=sys.stderr)
    print(f"   Logs: https://console.cloud.google.com/logs/query?project={settings.project}", file=sys.stderr)
    names = ",".join(name for name in silent if name != "hosting")
    if names and settings.action == "deploy":
        where = f"--project {settings.project} --region {settings.region}"
        print(f"   Roll back with: ./deploy.sh {where} --rollback --only {names}", file=sys.stderr)
    return Stopped("what is named above does not answer as it should.")
