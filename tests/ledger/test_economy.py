"""Needs nothing: economy files are read from disk."""

from pathlib import Path

import pytest

from shared.config import ECONOMIES, ConfigurationError
from shared.economy import load

SOUND = """
id = "trial"
version = 3
unit = "token"
signup_bonus = 10

[features.image]
cost = 5

[tips]
minimum = 1
maximum = 100
presets = [1, 50]

[[packages]]
id = "starter"
name = "Starter"
tokens = 110
amount = 999
currency = "usd"
bonus_percent = 10
"""


def test_phoenix_prices_what_the_product_sells() -> None:
    phoenix = load(ECONOMIES / "phoenix.toml")

    assert (phoenix.label, phoenix.unit, phoenix.signup_bonus) == ("phoenix@1", "token", 10)
    assert {name: feature.cost for name, feature in phoenix.features.items()} == {"image": 5}
    assert (phoenix.tips.minimum, phoenix.tips.maximum, phoenix.tips.fee_basis_points) == (1, 10_000, 0)
    assert [(p.id, p.tokens, p.amount, p.currency, p.bonus_percent) for p in phoenix.packages] == [
        ("starter", 50, 499, "usd", 0),
        ("popular", 110, 999, "usd", 10),
        ("pro", 250, 1999, "usd", 25),
        ("creator", 700, 4999, "usd", 40),
    ]


@pytest.mark.parametrize("name", ["phoenix", "single"])
def test_a_grant_above_500_needs_a_second_administrator(name: str) -> None:
    admin = load(ECONOMIES / f"{name}.toml").admin

    assert (admin.alone, admin.maximum, admin.daily) == (500, 10_000, 5_000)
    assert admin.reasons == ("support", "goodwill", "outage", "correction", "promotion")


def test_a_file_that_says_nothing_of_grants_bounds_them_all_the_same(tmp_path: Path) -> None:
    assert load(written(tmp_path, SOUND)).admin == load(ECONOMIES / "phoenix.toml").admin


def test_in_single_a_token_is_an_image() -> None:
    single = load(ECONOMIES / "single.toml")

    assert single.label == "single@1"
    assert {name: feature.cost for name, feature in single.features.items()} == {"image": 1}


@pytest.mark.parametrize("path", sorted(ECONOMIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_economy_file_is_sound(path: Path) -> None:
    assert load(path).id == path.stem


def test_a_package_is_found_by_its_id() -> None:
    phoenix = load(ECONOMIES / "phoenix.toml")

    assert phoenix.package("pro") == phoenix.packages[2]
    assert phoenix.package("prox") is None


def test_a_sound_file_is_taken(tmp_path: Path) -> None:
    assert load(written(tmp_path, SOUND)).label == "trial@3"


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        ("signup_bonus = 10", "signup_bonus = -1", "signup_bonus: Input should be greater than or equal to 0"),
        ("signup_bonus = 10", 'signup_bonus = "10"', "signup_bonus: Input should be a valid integer"),
        ("signup_bonus = 10", "signup_bonus = true", "signup_bonus: Input should be a valid integer"),
        ("signup_bonus = 10", "", "signup_bonus: Field required"),
        ("signup_bonus = 10", "signup_bonus = 10\nspeed = 1", "speed: Extra inputs are not permitted"),
        ("version = 3", "version = 0", "version: Input should be greater than or equal to 1"),
        ("cost = 5", "cost = 0", "features.image.cost: Input should be greater than or equal to 1"),
        ("cost = 5", "cost = 2.5", "features.image.cost: Input should be a valid integer"),
        ("cost = 5", "cost = 1000001", "features.image.cost: Input should be less than or equal to 1000000"),
        ("minimum = 1", "minimum = 101", "tips: Value error, minimum is above maximum"),
        ("presets = [1, 50]", "presets = [1, 500]", "tips: Value error, a preset lies outside minimum and maximum"),
        ("maximum = 100", "maximum = 100\nfee_basis_points = 100", "tips.fee_basis_points: Input should be less than"),
        ("tokens = 110", "tokens = 0", "packages.0.tokens: Input should be greater than or equal to 1"),
        ("tokens = 110", "tokens = 111", "package starter: 111 tokens cannot be split into a whole base and the bonus"),
        ("amount = 999", "amount = 9.99", "packages.0.amount: Input should be a valid integer"),
        ("amount = 999", "amount = 49", "packages.0.amount: Input should be greater than or equal to 50"),
        ("amount = 999", "amount = 100000000", "packages.0.amount: Input should be less than or equal to 99999999"),
        ('currency = "usd"', 'currency = "USD"', "packages.0.currency: String should match pattern"),
        (
            'currency = "usd"',
            'currency = "usd"\nstripe_price = "prod_1"',
            "packages.0.stripe_price: String should match",
        ),
        ('id = "starter"', 'id = "Starter Pack"', "packages.0.id: String should match pattern"),
        (
            "signup_bonus = 10",
            "signup_bonus = 10\nadmin.alone = 0",
            "admin.alone: Input should be greater than or equal to 1",
        ),
        ("signup_bonus = 10", "signup_bonus = 10\nadmin.alone = 10001", "admin: Value error, alone is above maximum"),
        ("signup_bonus = 10", "signup_bonus = 10\nadmin.reasons = []", "admin.reasons: "),
        ("signup_bonus = 10", 'signup_bonus = 10\nadmin.reasons = ["a word"]', "admin.reasons.0: String should match"),
        (
            "signup_bonus = 10",
            'signup_bonus = 10\nadmin.reasons = ["a", "a"]',
            "admin: Value error, a reason is there twice",
        ),
        ("signup_bonus = 10", "signup_bonus = 10\nadmin.weekly = 5", "admin.weekly: Extra inputs are not permitted"),
        ('id = "trial"', 'id = "other"', "says id = 'other': the id must be the file's name"),
        ('id = "trial"', "id = ", "is not TOML"),
    ],
)
def test_nonsense_is_refused_with_a_sentence_that_names_the_field(
    tmp_path: Path, line: str, instead: str, sentence: str
) -> None:
    assert SOUND.count(f"\n{line}\n") == 1

    with pytest.raises(ConfigurationError) as refusal:
        load(written(tmp_path, SOUND.replace(f"\n{line}\n", f"\n{instead}\n")))

    assert str(refusal.value).startswith("economies/trial.toml")
    assert sentence in str(refusal.value)
    assert str(refusal.value).endswith(".")


def test_two_packages_of_one_id_are_refused(tmp_path: Path) -> None:
    package = SOUND[SOUND.index("[[packages]]") :]

    with pytest.raises(ConfigurationError, match="two packages share an id"):
        load(written(tmp_path, SOUND + package))


def test_an_economy_that_sells_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="packages: Field required"):
        load(written(tmp_path, SOUND[: SOUND.index("[[packages]]")]))


def written(folder: Path, text: str) -> Path:
    """The path of an economy file of this text."""
    path = folder / "trial.toml"
    path.write_text(text, encoding="utf-8")
    return path
