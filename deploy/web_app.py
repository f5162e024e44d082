"""The web app as it is built: from what, with which commands, and to where."""

from pathlib import Path

from deploy import fingerprints

FOLDER = "web"
OUT = f"{FOLDER}/out"
"""The pages, as Firebase Hosting serves them."""

INSTALL = ("npm", "--prefix", FOLDER, "ci", "--no-audit", "--no-fund", "--loglevel=error")
BUILD = ("npm", "--prefix", FOLDER, "run", "build")
BUDGET = ("npm", "--prefix", FOLDER, "run", "budget")

NOT_SOURCES = {
    "node_modules",
    ".next",
    "out",
    "dist",
    "e2e",
    "pictures",
    "test-results",
    "playwright-report",
    "next-env.d.ts",
}
"""What is installed or made in the folder, and the journeys and pictures, which change no page."""


def fingerprint(root: Path) -> str:
    """Of all that the pages are made from. The pages themselves differ with every build."""
    folder = root / FOLDER
    names = [
        path.relative_to(root).as_posix()
        for path in _files(folder)
        if path.suffix != ".tsbuildinfo" and not path.name.startswith(".")
    ]
    return fingerprints.of_files(root, *sorted(names))


def _files(folder: Path) -> list[Path]:
    """The files of the folder. Folders that are no sources are not looked into, for they hold thousands of files."""
    found: list[Path] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name in NOT_SOURCES or path.is_symlink():
            continue
        found += _files(path) if path.is_dir() else [path]
    return found
