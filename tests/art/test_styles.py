"""Needs the Firestore emulator, local Cloud Tasks and Cloud Storage, and a local OIDC issuer: styles, under yarda."""

import json

import pytest
from google.cloud import firestore

from shared.cloud.clients import store
from shared.config import ECONOMIES
from shared.economy import chosen
from tests.support import api, ledger_kit
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, documents, field
from tests.support.generation_kit import ImageModel, artist, lines_of
from tests.support.people import Person


@pytest.fixture(autouse=True)
def _yarda(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "yarda")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ImageModel:
    return ImageModel(monkeypatch)


def ask(person: Person, key: str = "k1", **fields: object) -> api.Answer:
    return api.post("generate", {"feature": "landscape", "prompt": "roses", **fields}, by=person, key=key)


def test_the_model_is_told_prompt_area_and_style_in_the_words_of_the_economy(cloud: Cloud, model: ImageModel) -> None:
    ada = artist(purchased=9)
    made = ask(ada, style="modern", areas=["the front yard", "the pond"], prompt="roses {area}").body["generationId"]

    assert cloud.run(made).status == 200

    words = "roses {area}, clean lines, gravel and ornamental grasses"
    assert [told.text for told in model.briefs] == [
        f"A photorealistic landscape design of the front yard: {words}",
        f"A photorealistic landscape design of the pond: {words}",
    ]
    assert {told.aspect_ratio for told in model.briefs} == {"4:3"}


def test_a_generation_shows_its_style_to_its_owner(cloud: Cloud) -> None:
    ada = artist(purchased=9)
    styled, plain = ask(ada, style="desert").body["generationId"], ask(ada, key="k2").body["generationId"]

    assert api.get("get_generation", by=ada, id=styled).body["style"] == "desert"
    assert api.get("get_generation", by=ada, id=plain).body["style"] is None


def test_no_document_line_answer_or_log_holds_a_word_of_the_templates(
    cloud: Cloud, model: ImageModel, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = artist(purchased=9)
    made = ask(ada, style="modern", caption="Dawn").body["generationId"]
    cloud.run(made)

    assert "gravel" in model.briefs[0].text
    stored = {name: documents(name) for name in ("generations", "posts", "transactions", "users")}
    answers = [
        api.get("get_generation", by=ada, id=made),
        api.get("get_post", id=made),
        api.get("list_transactions", by=ada),
        api.get("get_catalog"),
    ]
    assert [answer.status for answer in answers] == [200] * 4
    told = json.dumps([stored, [answer.body for answer in answers]], default=str) + capsys.readouterr().out
    assert "modern" in told
    assert not [word for word in ("gravel", "photorealistic", "{prompt}") if word in told]


@pytest.mark.parametrize("style", ["baroque", "cottage", "", 5, True, ["modern"], "m" * 41])
def test_a_style_that_is_unknown_or_inactive_is_refused_with_nothing_moved(
    cloud: Cloud, style: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, cottage={"active": False})
    ada = artist(purchased=9)

    with ledger_kit.nothing_moves():
        answer = ask(ada, style=style)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == ["style"]
    assert cloud.queued("generations") == []


def test_a_style_of_another_feature_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, modern={"features": ("pool",)})
    ada = artist(purchased=9)

    with ledger_kit.nothing_moves():
        assert ask(ada, style="modern").problem == (422, "invalid-request")


@pytest.mark.threat(10)
def test_the_same_key_with_another_style_is_a_conflict(cloud: Cloud) -> None:
    ada = artist(purchased=9)
    ask(ada, style="modern")

    with ledger_kit.nothing_moves():
        assert ask(ada, style="desert").problem == (409, "idempotency-conflict")
        assert ask(ada).problem == (409, "idempotency-conflict")
        assert ask(ada, style="modern").status == 202


def test_a_style_that_was_taken_off_since_is_painted_and_one_that_is_gone_is_left_out(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = artist(purchased=9)
    inactive, gone = (
        ask(ada, style="modern").body["generationId"],
        ask(ada, key="k2", style="desert").body["generationId"],
    )
    offer(monkeypatch, modern={"active": False}, desert={"id": "wild"})

    assert (cloud.run(inactive).status, cloud.run(gone).status) == (200, 200)

    assert [told.text.partition(": ")[2] for told in model.briefs] == [
        "roses, clean lines, gravel and ornamental grasses",
        "roses",
    ]


def test_a_generation_from_before_styles_is_made_and_shown(cloud: Cloud, model: ImageModel) -> None:
    ada = artist(purchased=9)
    made = ask(ada).body["generationId"]
    older = store().document(f"generations/{made}")
    older.update({"style": firestore.DELETE_FIELD}, timeout=TIMEOUT_SECONDS)

    assert cloud.run(made).status == 200

    assert field(f"generations/{made}", "status") == "succeeded"
    assert api.get("get_generation", by=ada, id=made).body["style"] is None
    assert lines_of(ada) == {f"generation_{made}_spend": 0}  # the trial paid


def offer(monkeypatch: pytest.MonkeyPatch, **changes: dict[str, object]) -> None:
    """Has the economy change styles, by their ids."""
    yarda = chosen.load(ECONOMIES / "yarda.toml")
    styles = tuple(style.model_copy(update=changes.get(style.id, {})) for style in yarda.styles)
    changed = yarda.model_copy(update={"styles": styles})
    for module in ("shared.art.generations", "shared.art.worker"):
        monkeypatch.setattr(f"{module}.economy", lambda: changed)
