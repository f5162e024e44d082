"""``make show``: ``make dev`` with a gallery in it, to look at the web app as one of the people who filled it."""

import sys

import requests

from local import dev
from local.cloud import PASSWORD, Endpoints
from local.demo.stage import StepFailed
from local.show import gallery
from local.show.scene import PEOPLE


def main() -> int:
    try:
        return dev.main(_show)
    except StepFailed as error:
        print(f"show: failed at: {error}", file=sys.stderr)
    except requests.HTTPError as refusal:
        print(f"show: Firebase Auth refused one of the four: {refusal.response.text}", file=sys.stderr)
    print("`make show FRESH=1` begins with an empty state.", file=sys.stderr)
    return 1


def _show(endpoints: Endpoints) -> None:
    print("\nFilling the gallery ...")
    gallery.fill(endpoints, lambda line: print(f"  + {line}"))
    print(introduction(endpoints))


def introduction(endpoints: Endpoints) -> str:
    """How to look at it."""
    first, *others = PEOPLE
    name, *_ = first.name.split()
    return f"""
Look at it: {endpoints.web}/
To buy, generate and tip, sign in as {name}: {endpoints.web}/sign-in
  e-mail    {first.email}
  password  {PASSWORD}
{", ".join(person.email for person in others)} have the same password. Cards: 4242 4242 4242 4242 pays."""


if __name__ == "__main__":
    sys.exit(main())
