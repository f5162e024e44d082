"""Needs the Firestore emulator. One table of texts, through the security rules and through the functions."""

import json
import uuid
from collections.abc import Iterator

import pytest

from functions.generate import Generate
from functions.publish_post import Publication
from local.google.firestore_emulator import FirestoreEmulator
from local.parts import RULES, forget_clients
from shared.cloud.clients import STORE, store
from shared.edge import fields
from tests.rules.client import ADMIN, Client, commit, id_token, setting, updating
from tests.support import api
from tests.support.people import Person

FOX = "\U0001f98a"
"""One character, two UTF-16 units, four bytes."""

TEXTS: dict[str, tuple[str, bool, bool]] = {
    # the text, whether it is a name, whether it is a caption or a bio
    "a word": ("Ada", True, True),
    "one character": ("A", True, True),
    "accents, CJK and an emoji": (f"Z\u00f6e \u5c71\u7530 {FOX}", True, True),
    "an emoji of joined ones": ("\U0001f469\u200d\U0001f3a8", True, True),
    "right to left": ("\u05d0\u05d3\u05d4", True, True),
    "with a mark of direction": ("\u05d0\u200e", True, True),
    "markup": ('<b onclick="x">\'&', True, True),
    "spaces around": ("  Ada ", True, True),
    "empty": ("", False, True),
    "a space": (" ", False, True),
    "spaces": ("   ", False, True),
    "a space that does not break": ("\u00a0", False, True),
    "an ideographic space": ("\u3000", False, True),
    "an em space and a narrow one": ("\u2003\u202f", False, True),
    "a line separator": ("\u2028", False, True),
    "a byte order mark": ("\ufeff", False, True),
    "joiners": ("\u200c\u200d\u2060", False, True),
    "a mark of direction alone": ("\u200f", False, True),
    "a line feed": ("Ada\nLovelace", False, True),
    "a line feed at the end": ("Ada\n", False, True),
    "a line feed alone": ("\n", False, True),
    "a tab": ("Ada\tLovelace", False, False),
    "NUL": ("Ada\x00", False, False),
    "a bell": ("\x07Ada", False, False),
    "a vertical tab": ("Ada\x0bL", False, False),
    "ESC": ("Ada\x1b[31m", False, False),
    "the last of the low controls": ("Ada\x1f", False, False),
    "DEL": ("Ada\x7f", False, False),
    "a next line": ("Ada\x85", False, False),
    "the last of the high controls": ("Ada\x9f", False, False),
    "a zero-width space": ("Ad\u200ba", False, False),
    "a zero-width space alone": ("\u200b", False, False),
    "an override from right to left": ("invoice\u202egnp.exe", False, False),
    "an embedding": ("\u202aAda", False, False),
    "an isolate": ("\u2066Ada", False, False),
    "the end of an isolate": ("Ada\u2069", False, False),
    "between the two ranges of overrides": ("Ada\u2065", True, True),
    "50 letters": ("a" * 50, True, True),
    "51 letters": ("a" * 51, False, True),
    "25 emoji": (FOX * 25, True, True),
    "25 emoji and a letter": (f"{FOX * 25}a", False, True),
    "40 emoji": (FOX * 40, False, True),
    "the last of the characters of one unit": ("\uffff" * 50, True, True),
    "the first of those of two": ("\U00010000" * 26, False, True),
    "the last of those of two": ("\U0010ffff" * 26, False, True),
}

PHOTOS: dict[str, tuple[str, bool]] = {
    "a picture": ("https://photos.example/ada.webp", True),
    "any host": ("https://127.0.0.1:9099/a?b=c&d=%20#e", True),
    "characters beyond ASCII": (f"https://b\u00fccher.example/{FOX}", True),
    "in the clear": ("http://photos.example/ada.webp", False),
    "upper case": ("HTTPS://photos.example/ada.webp", False),
    "a script": ("javascript:alert(1)", False),
    "no host": ("https://", False),
    "empty": ("", False),
    "a double quote": ('https://x.example/"onerror=alert(1)', False),
    "a single quote": ("https://x.example/'onerror=alert(1)", False),
    "an opening bracket": ("https://x.example/<script", False),
    "a closing bracket": ("https://x.example/>", False),
    "a space": ("https://x.example/a b", False),
    "a space that does not break": ("https://x.example/a\u00a0b", False),
    "an ideographic space": ("https://x.example/\u3000", False),
    "a line separator": ("https://x.example/\u2028", False),
    "a tab": ("https://x.example/a\tb", False),
    "a line feed": ("https://x.example/a\nb", False),
    "a line feed at the end": ("https://x.example/a\n", False),
    "NUL": ("https://x.example/\x00", False),
    "a next line": ("https://x.example/\x85", False),
    "an override": ("https://x.example/\u202egnp", False),
    "a zero-width space": ("https://x.example/\u200b", False),
    "2048 units": ("https://x.example/".ljust(2048, "a"), True),
    "2049 units": ("https://x.example/".ljust(2049, "a"), False),
    "2048 units of emoji": ("https://x.example/" + FOX * 1015, True),
    "2050 units of emoji": ("https://x.example/" + FOX * 1016, False),
}

HALVES = ["\ud83e", "\udd8a", "\udd8a\ud83e", "Ada \ud83e"]
"""Of a character. No client can send them to Firestore; JSON can spell them."""

every_text = pytest.mark.parametrize(
    ("text", "is_name", "is_text"), [pytest.param(*row, id=name) for name, row in TEXTS.items()]
)
every_photo = pytest.mark.parametrize(
    ("url", "is_photo"), [pytest.param(*row, id=name) for name, row in PHOTOS.items()]
)


@pytest.fixture(scope="module")
def ruled(firestore_emulator: FirestoreEmulator) -> str:
    """A project in which our rules hold. They are compiled for it once, since that takes longer than any test here."""
    name = f"demo-{uuid.uuid4().hex[:12]}"
    firestore_emulator.put_rules(name, RULES.read_text(encoding="utf-8"))
    return name


@pytest.fixture
def project(project: str, ruled: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """That project, for every test of this file: each has people of its own, and alice as she was."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", ruled)
    forget_clients()
    return ruled


@pytest.fixture
def alice(firestore_emulator: FirestoreEmulator, project: str) -> Iterator[Client]:
    """Somebody with a profile and a post, who acts under the rules."""
    face = {"displayName": "Alice", "photoUrl": None, "bio": "", "postCount": 1}
    with Client(firestore_emulator.address, project, ADMIN) as admin:
        post = {"userId": "alice", "caption": ""}
        assert admin.send(commit(setting("profiles/alice", face), setting("posts/p1", post))).status == 200
    with Client(firestore_emulator.address, project, id_token("alice")) as client:
        yield client


def taken(client: Client, path: str, **changes: object) -> bool:
    """Whether the rules let the client write it."""
    status = client.send(commit(updating(path, changes))).status
    assert status in (200, 403)
    return status == 200


@pytest.mark.threat(106)
@every_text
def test_rules_and_functions_agree_on_a_text(alice: Client, text: str, is_name: bool, is_text: bool) -> None:
    named = api.post("open_account", {"displayName": text}, by=Person())
    captioned = api.post("publish_post", {"generationId": "none", "caption": text}, by=Person())

    assert (taken(alice, "profiles/alice", displayName=text), named.status) == (is_name, 200 if is_name else 422)
    # A caption that is taken is of no generation.
    assert (taken(alice, "posts/p1", caption=text), captioned.status) == (is_text, 404 if is_text else 422)
    assert taken(alice, "profiles/alice", bio=text) == is_text


@pytest.mark.threat(106)
@every_photo
def test_rules_and_functions_agree_on_where_a_photo_is(alice: Client, url: str, is_photo: bool) -> None:
    assert taken(alice, "profiles/alice", photoUrl=url) == is_photo
    assert fields.is_photo_url(url) == is_photo


@pytest.mark.threat(106)
@pytest.mark.parametrize(("path", "field", "units"), [("profiles/alice", "bio", 500), ("posts/p1", "caption", 1000)])
def test_rules_count_utf_16_units(alice: Client, path: str, field: str, units: int) -> None:
    for text in ("a" * units, FOX * (units // 2), "\uffff" * units):
        assert taken(alice, path, **{field: text})
        assert not taken(alice, path, **{field: f"{text}a"})


@pytest.mark.threat(106)
def test_functions_count_utf_16_units(project: str) -> None:
    for text in ("a" * 1000, FOX * 500, "\uffff" * 1000):
        for caption, status in ((text, 404), (f"{text}a", 422)):
            body = {"generationId": "none", "caption": caption}
            assert api.post("publish_post", body, by=Person()).status == status


# -- what comes from an identity provider ------------------------------------------------------------------------


@pytest.mark.threat(106)
@every_text
def test_a_name_from_elsewhere_is_stored_so_that_its_owner_can_edit_the_profile(
    firestore_emulator: FirestoreEmulator, project: str, text: str, is_name: bool, is_text: bool
) -> None:
    person = Person(claims={"name": text, "picture": f"https://x.example/{text}"})
    answer = api.post("open_account", by=person)

    assert answer.status == 200
    with Client(firestore_emulator.address, project, id_token(person.user_id)) as own:
        face = face_of(person)
        kept = {"displayName": face["displayName"], "photoUrl": face["photoUrl"], "bio": "I paint."}
        assert taken(own, f"profiles/{person.user_id}", **kept)
    if is_name and not text.startswith(" "):
        assert face["displayName"] == text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Ada \t Lovelace\r\n", "Ada Lovelace"),
        ("Ada\x00\u202e\u200b", "Ada"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a" * 60, "a" * 50),
        (FOX * 40, FOX * 25),
        ("a" + FOX * 40, "a" + FOX * 24),
        ("a" * 49 + " b", "a" * 49),
        ("\u200b \u200d\ufeff", "New artist"),
        ("\x00\x1b", "New artist"),
        *[(f"Ada{half}", "Ada") for half in HALVES[:3]],
        ("\ud83e", "New artist"),
    ],
)
@pytest.mark.threat(106)
def test_what_no_name_can_hold_is_left_out(project: str, given: str, kept: str) -> None:
    person = Person(claims={"name": given})
    assert api.post("open_account", by=person).status == 200

    assert face_of(person)["displayName"] == kept


@pytest.mark.threat(106)
@pytest.mark.parametrize("half", HALVES)
def test_half_a_character_is_refused_and_never_an_error(project: str, half: str) -> None:
    ada = Person(claims={"name": half, "picture": f"https://x.example/{half}", "email": f"{half}@x.example"})
    assert api.post("open_account", by=ada).status == 200
    bodies: list[tuple[str, object]] = [
        ("open_account", {"displayName": half}),
        ("open_account", {half: "Ada"}),
        ("publish_post", {"generationId": half, "caption": ""}),
        ("publish_post", {"generationId": "none", "caption": half}),
        ("publish_post", {"generationId": "none", "caption": "", half: 1}),
        ("generate", {"feature": half, "prompt": "a fox"}),
        ("generate", {"feature": "image", "prompt": half}),
        ("generate", {"feature": "image", "prompt": "a fox", "areas": [half]}),
        ("generate", {"feature": "image", "prompt": "a fox", "caption": half}),
        ("tip", {"recipientId": half, "amount": 1}),
        ("tip", {"recipientId": "ben", "amount": 1, "postId": half}),
        ("create_checkout", {"package": half}),
        ("confirm_checkout", {"sessionId": half}),
    ]

    assert [
        (function, body)
        for function, body in bodies
        if api.post(function, body, by=ada, key="k1").status not in (400, 422)
    ] == []


# -- line ends ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a\r\nb\rc\nd", "a\nb\nc\nd"), ("\r\n\r\na", "\n\na"), ("a\n\rb", "a\n\nb"), ("\r\n" * 500, "\n" * 500)],
)
def test_every_end_of_a_line_becomes_a_line_feed(given: str, kept: str) -> None:
    request = Generate.model_validate_json(json.dumps({"feature": "image", "prompt": f"x{given}", "caption": given}))
    publication = Publication.model_validate_json(json.dumps({"generationId": "g1", "caption": given}))

    assert (request.prompt, request.caption, publication.caption) == (f"x{kept}", kept, kept)


def test_a_text_is_measured_after_its_line_ends_became_one_character_each(project: str) -> None:
    for lines, status in ((1000, 404), (1001, 422)):
        body = {"generationId": "none", "caption": "\r\n" * lines}
        assert api.post("publish_post", body, by=Person()).status == status


@pytest.mark.parametrize("name", ["a\rb", "a\r\nb", "a\nb"])
def test_a_name_has_one_line(project: str, name: str) -> None:
    assert api.post("open_account", {"displayName": name}, by=Person()).problem == (422, "invalid-request")


# -- the name that a new account asks for ------------------------------------------------------------------------


def test_a_new_account_takes_the_name_it_asks_for(project: str) -> None:
    ada = Person(claims={"name": "Ada L."})
    answer = api.post("open_account", {"displayName": "  Ada  of London "}, by=ada)

    assert answer.status == 200
    assert face_of(ada)["displayName"] == "  Ada  of London "


@pytest.mark.parametrize("body", [{}, {"displayName": None}])
def test_without_a_name_it_takes_what_the_sign_in_knows(project: str, body: dict[str, object]) -> None:
    ada = Person(claims={"name": "Ada L."})
    api.post("open_account", body, by=ada)

    assert face_of(ada)["displayName"] == "Ada L."


def test_an_account_that_is_there_keeps_its_name(project: str) -> None:
    ada = Person()
    api.post("open_account", {"displayName": "Ada"}, by=ada)

    assert api.post("open_account", {"displayName": "Countess"}, by=ada).status == 200
    assert face_of(ada)["displayName"] == "Ada"


def test_a_cleaned_name_is_a_name_and_stays_as_it_is() -> None:
    for text, _, _ in TEXTS.values():
        cleaned = fields.cleaned_name(text)
        assert fields.cleaned_name(cleaned) == cleaned


def face_of(person: Person) -> dict[str, object]:
    """The profile as it is stored."""
    return store().collection("profiles").document(person.user_id).get(**STORE).to_dict() or {}
