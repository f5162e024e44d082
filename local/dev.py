"""``make dev``: the local cloud runs, and reloads its functions when their source changes, until Ctrl-C ends it."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping

from local import cloud
from local.environment import user_settings
from local.net.interrupt import Interrupt, interruptible, wait_for
from local.net.process import StartError
from local.parts import ROOT
from local.site import packages, pages
from local.state import State, StateUnreadable

ENDPOINTS = cloud.FOLDER / "endpoints.json"
SITE = ROOT
"""The folder of firebase.json and of the web app."""


def main(when_up: Callable[[cloud.Endpoints], object] = lambda _: None) -> int:
    """Runs the cloud; ``when_up`` is called once it can be used."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    settings = user_settings()
    key = settings.get("STRIPE_SECRET_KEY", "")
    if key and not key.startswith(("sk_test_", "rk_test_")):
        print(
            "dev: STRIPE_SECRET_KEY is not a test key (sk_test_... or rk_test_...). The local cloud takes no other.",
            file=sys.stderr,
        )
        return 1
    try:
        ports = cloud.Ports.for_development({**os.environ, **settings})
        if packages.has_web_app(SITE):
            pages.build(SITE, cloud.FOLDER / "logs" / "web.log", print)
        print("Starting a cloud on this machine ...")
        state = State(cloud.FOLDER / "state")
        if os.environ.get("FRESH"):
            shutil.rmtree(state.folder, ignore_errors=True)
        with interruptible() as interrupt:
            try:
                _run(ports, settings, state, interrupt, when_up)
            except StateUnreadable as error:
                print(f"The state of the last run cannot be read: {error}", file=sys.stderr)
                print(
                    f"It was moved to {state.set_aside().relative_to(ROOT)}. The cloud begins with an empty state.",
                    file=sys.stderr,
                )
                _run(ports, settings, state, interrupt, when_up)
    except (StartError, ValueError) as error:
        print(f"dev: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # while the web app was built
        return 1
    return 0


def _run(
    ports: cloud.Ports,
    settings: Mapping[str, str],
    state: State,
    interrupt: Interrupt,
    when_up: Callable[[cloud.Endpoints], object],
) -> None:
    """Keeps the cloud up until ``interrupt`` comes."""
    site = SITE if packages.has_web_app(SITE) else None
    up = cloud.running(ports, settings, lambda part: print(f"  + {part}"), reload=True, state=state, site=site)
    with up as endpoints:
        endpoints.write(ENDPOINTS)
        try:
            print(_introduction(endpoints))
            when_up(endpoints)
            wait_for(interrupt)
            print("\nStopping. The state is saved in .local/state (`make dev FRESH=1` begins with an empty one) ...")
        finally:
            ENDPOINTS.unlink()


def _introduction(endpoints: cloud.Endpoints) -> str:
    origin = endpoints.web or endpoints.gateway
    site = {"The site": f"{origin}/", "Mails": f"{origin}/__/local/mail"} if endpoints.web else {}
    rows = {
        **site,
        "API": f"{origin}/api/<function>",
        "Overview": f"{endpoints.gateway}/",
        "Internal functions": f"{endpoints.gateway}/internal/<function>",
        "Firestore": endpoints.firestore,
        "Auth": endpoints.auth,
        "Storage": f"{endpoints.storage}/{endpoints.bucket}",
        "Cloud Tasks": f"{endpoints.tasks} (gRPC)",
        "Scheduler": f"{endpoints.scheduler}/v1/jobs",
        "Stripe": endpoints.stripe,
        "Everything": str(ENDPOINTS.relative_to(ROOT)),
    }
    width = max(map(len, rows))
    table = "\n".join(f"  {name.ljust(width)}  {where}" for name, where in rows.items())
    return f"""
{table}

Try it, in another terminal:
  curl {origin}/api/get-catalog
  make user EMAIL=me@example.com   # makes a verified user with 10 tokens, and prints calls that use it
  make user EMAIL={cloud.ADMINISTRATOR}   # signs in the administrator
  curl -X POST {endpoints.scheduler}/v1/jobs/audit-balances:run

The functions reload when their source changes. Their log is .local/logs/functions.log. Ctrl-C stops everything."""


if __name__ == "__main__":
    sys.exit(main())
