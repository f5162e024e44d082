"""The programs that ``make`` needs before it installs the rest: ``python -m local.needs`` names each that is missing.

Only the standard library is installed when this runs.
"""

import re
import shutil
import subprocess
import sys

from local.google.firestore_emulator import java, java_needed

NODE_NEEDED = 20
"""The version that firebase-tools names in its package's engines, at the version in the Makefile."""

_ANSWER_SECONDS = 15.0


def missing() -> list[str]:
    """Returns a sentence for each program that is missing or too old, with the version that was found."""
    needs = (
        (
            "Node.js",
            NODE_NEEDED,
            _version(shutil.which("node"), "--version"),
            "the Firebase Auth emulator runs on it; see https://nodejs.org",
        ),
        (
            "Java",
            java_needed(),
            _version(java(), "-version"),
            "the Firestore emulator runs on it; `apt-get install default-jre-headless`, `brew install openjdk`,"
            " or set JAVA_HOME",
        ),
    )
    sentences = [
        f"Guilder needs {name} {needed} or newer; found: {found or 'none'} ({why})."
        for name, needed, found, why in needs
        if _major(found) < needed
    ]
    if shutil.which("npm") is None:
        sentences.append("Guilder needs npm, which comes with Node.js; found: none.")
    return sentences


def _version(program: str | None, option: str) -> str:
    """Returns the version that the program prints, or nothing when there is no such program."""
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, option], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return ""  # macOS has a java command that only says that there is no Java
    found = re.search(r"\d+(\.\d+)*", done.stdout + done.stderr)
    return found[0] if found else ""


def _major(version: str) -> int:
    """Returns the major version: 20 of 20.1, and 8 of Java's 1.8."""
    numbers = [int(part) for part in version.split(".") if part] or [0]
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]


def main() -> int:
    sentences = missing()
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
