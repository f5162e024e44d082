"""A site for tests: our own firebase.json, with a few pages in the place of the web app's."""

import shutil
from pathlib import Path

from deploy import web_app

ROOT = Path(__file__).resolve().parents[2]

PAGES = ("index", "404", "post", "creator", "settings", "tokens/success", "tokens/cancel")


def make(folder: Path) -> Path:
    """The folder, as one in which the web app was built."""
    (folder / "web" / "app").mkdir(parents=True)
    (folder / "web" / "app" / "page.tsx").write_text("// a page\n")
    (folder / "web" / "package.json").write_text("{}\n")
    shutil.copy2(ROOT / "firebase.json", folder)
    files = {f"{page}.html": f"<!doctype html><title>{page}</title>" for page in PAGES}
    files |= {"post/__next._tree.txt": "a tree", "_next/static/chunks/a1.js": "1;" * 2000}
    for name, content in files.items():
        file = folder / "web" / "out" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (folder / "web" / "out" / ".built").write_text(web_app.fingerprint(folder))
    return folder
