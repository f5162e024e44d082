"""What is switched on in Firebase Auth; the answer of its configuration comes on standard input.

    rest GET .../admin/v2/projects/P/config | python3 -m deploy.sign_in

Prints ``email`` where people sign in with e-mail and password, and ``kept`` where no client may delete its user.
"""

import sys
from typing import Any

from deploy.answers import Unanswered, found


def switched_on(config: dict[str, Any]) -> list[str]:
    email = config.get("signIn", {}).get("email", {})
    permissions = config.get("client", {}).get("permissions", {})
    has_passwords = email.get("enabled") and email.get("passwordRequired", True)
    return ["email"] * bool(has_passwords) + ["kept"] * bool(permissions.get("disabledUserDeletion"))


def main() -> int:
    try:
        print(" ".join(switched_on(found(sys.stdin.read()) or {})))
    except Unanswered as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
