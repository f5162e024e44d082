"""Needs nothing but the source of the web app: what keeps its pages small, and its numbers the server's."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from shared.errors import Problem
from tests.house.source import ROOT

WEB = ROOT / "web"
SUBJECTS_FOR_ALL = {"ui", "buy", "gallery", "tip", "explain", "ledger", "questions"}
"""Components that other subjects use; those of a page are its own."""


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Path from ``web/`` and text of each source file in the folders."""
    for folder in folders:
        for path in sorted((WEB / folder).rglob("*.ts*")):
            if path.suffix in (".ts", ".tsx"):
                yield path.relative_to(WEB).as_posix(), path.read_text(encoding="utf-8")


APP = ("app", "components", "hooks", "lib")


@pytest.mark.parametrize(
    ("package", "only"), [("firebase/firestore", "lib/firebase/live.ts"), ("firebase/auth", "lib/firebase/auth.ts")]
)
def test_firebase_stands_behind_one_file_each(package: str, only: str) -> None:
    users = [name for name, text in sources(*APP) if f'from "{package}"' in text or f'import("{package}")' in text]
    assert users == [only]


def test_auth_and_firestore_come_when_they_are_needed() -> None:
    eager = re.compile(r'^import (?!type\b)[^;]*from "@/lib/firebase/(?:auth|live)"', re.MULTILINE)
    assert [name for name, text in sources(*APP) if eager.search(text)] == []


def test_only_the_client_asks_the_api() -> None:
    askers = [name for name, text in sources(*APP) if "fetch(" in text.replace("refetch(", "").replace("prefetch(", "")]
    # The settings of the site, and the line that asks for the first pictures before any script is there.
    assert askers == ["lib/early.ts", "lib/site.ts"]


def test_no_price_and_no_name_of_any_economy_stands_in_the_app() -> None:
    sold = [
        (path.stem, tomllib.loads(path.read_text(encoding="utf-8"))) for path in (ROOT / "economies").glob("*.toml")
    ]
    words = {
        word
        for _, economy in sold
        for each in (*_tables(economy.get("packages")), *_tables(economy.get("plans")))
        # Names and ids of one word are words of the interface, too.
        for word in (f'"{each["id"]}"', str(each["name"]), _price(each.get("amount")))
        if word and (" " in word or "-" in word or "." in word)
    }
    assert len(words) > 10
    found = {word: name for name, text in sources(*APP, "client/src") for word in words if word in text}
    assert found == {}


def _tables(value: object) -> list[dict[str, object]]:
    if isinstance(value, dict):
        return [{"id": key, **fields} for key, fields in value.items()]
    return [dict(each) for each in value] if isinstance(value, list) else []


def _price(amount: object) -> str:
    return f"{amount // 100}.{amount % 100:02}" if isinstance(amount, int) else ""


def test_every_refusal_has_a_sentence() -> None:
    table = (WEB / "lib/problems.ts").read_text(encoding="utf-8")
    rows = set(re.findall(r'^  "?([a-z-]+)"?: \{ text:', table, re.MULTILINE))
    assert rows == {problem.slug for problem in _problems(Problem)}


def test_every_refusal_has_a_way_out_and_every_way_a_button() -> None:
    table = (WEB / "lib/problems.ts").read_text(encoding="utf-8")
    ways = set(re.findall(r'remedy: "([a-z-]+)" \}', table))
    buttons = (WEB / "components/ui/told.tsx").read_text(encoding="utf-8")
    assert ways == set(re.findall(r'^    case "([a-z-]+)":', buttons, re.MULTILINE))
    # A switch with a default would let a new way have no button.
    assert "default:" not in buttons


def test_what_went_wrong_is_told_in_one_place() -> None:
    tellers = [name for name, text in sources(*APP) if re.search(r"\btell\(", text)]
    assert tellers == ["components/ui/press-told.tsx", "components/ui/told.tsx", "lib/problems.ts"]


def _problems(problem: type[Problem]) -> Iterator[type[Problem]]:
    yield problem
    for below in problem.__subclasses__():
        yield from _problems(below)


def test_a_page_uses_no_component_of_another_page() -> None:
    found = [
        f"{name}: {other}"
        for name, text in sources("components")
        for other in re.findall(r'"@/components/([a-z-]+)/', text)
        if other not in {name.split("/")[1], *SUBJECTS_FOR_ALL} and not name.startswith("components/shell/")
    ]
    assert found == []


def test_versions_are_exact() -> None:
    for manifest in (WEB / "package.json", WEB / "client/package.json"):
        ranges = re.findall(r'"[^"]+": "([\^~*>][^"]*)"', manifest.read_text(encoding="utf-8"))
        assert [version for version in ranges if not version.startswith(">=20")] == [], manifest


def test_the_lock_names_no_host() -> None:
    assert "://registry." not in (WEB / "package-lock.json").read_text(encoding="utf-8")


def test_every_page_is_a_shell_of_its_component() -> None:
    pages = list((WEB / "app").rglob("page.tsx"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert '"use client"' not in text, page
        assert page.parent == WEB / "app" or "export const metadata" in text, page


def test_the_docs_show_every_picture_and_none_is_large() -> None:
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "web").iterdir()}
    shown = [
        name
        for document in ("README.md", "docs/web.md")
        for name in re.findall(r"\bweb/([\w-]+\.webp)", (ROOT / document).read_text(encoding="utf-8"))
    ]

    assert len(pictures) == 8 * 2 * 2
    assert set(shown) == pictures.keys()
    assert max(pictures.values()) <= 150_000
