"""``make dev``: the local cloud stays up, with its functions following their source; Ctrl-C ends all of it."""

import os
import signal
import sys
import threading

from local import cloud
from local.environment import user_settings
from local.process import StartError

ENDPOINTS = cloud.FOLDER / "endpoints.json"


def main() -> int:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    settings = user_settings()
    key = settings.get("STRIPE_SECRET_KEY", "")
    if key and not key.startswith("sk_test_"):
        print("dev: STRIPE_SECRET_KEY is no test key (sk_test_...); the local cloud takes no other.", file=sys.stderr)
        return 1
    stop = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stop.set())
    try:
        ports = cloud.Ports.for_development({**os.environ, **settings})
        print("Starting a cloud on this machine ...")
        with cloud.running(ports, settings, lambda part: print(f"  + {part}"), reload=True) as endpoints:
            endpoints.write(ENDPOINTS)
            try:
                print(_introduction(endpoints))
                stop.wait()
                print("\nStopping ...")
            finally:
                ENDPOINTS.unlink()
    except (StartError, ValueError) as error:
        print(f"dev: {error}", file=sys.stderr)
        return 1
    return 0


def _introduction(endpoints: cloud.Endpoints) -> str:
    rows = {
        "API": f"{endpoints.gateway}/api/<function>",
        "Internal functions": f"{endpoints.gateway}/internal/<function>",
        "Firestore": endpoints.firestore,
        "Auth": endpoints.auth,
        "Storage": f"{endpoints.storage}/{endpoints.bucket}",
        "Cloud Tasks": f"{endpoints.tasks} (gRPC)",
        "Scheduler": f"{endpoints.scheduler}/v1/jobs",
        "Stripe": endpoints.stripe,
        "All of it": str(ENDPOINTS.relative_to(cloud.ROOT)),
    }
    width = max(map(len, rows))
    table = "\n".join(f"  {name.ljust(width)}  {where}" for name, where in rows.items())
    auth = f"http://{endpoints.auth}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=local"
    return f"""
{table}

Try it:
  curl {endpoints.gateway}/api/get-catalog

  TOKEN=$(curl -s '{auth}' \\
    -H 'Content-Type: application/json' \\
    -d '{{"email":"me@example.com","password":"secret1","returnSecureToken":true}}' \\
    | python3 -c 'import json,sys; print(json.load(sys.stdin)["idToken"])')
  curl -X POST {endpoints.gateway}/api/open-account \\
    -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{}}'
  curl -X POST {endpoints.scheduler}/v1/jobs/audit-balances:run

The functions follow their source; their log is .local/logs/functions.log. Ctrl-C stops everything."""


if __name__ == "__main__":
    sys.exit(main())
