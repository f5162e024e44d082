"""Needs nothing: economy files are read from disk."""

from pathlib import Path

import pytest

from shared.config import ECONOMIES, ConfigurationError
from shared.economy.chosen import load
from shared.economy.features import Feature
from shared.economy.terms import Expiry, Limits, Trial

PACKAGES = [
    ("starter", 50, 499, "usd", 0),
    ("popular", 110, 999, "usd", 10),
    ("pro", 250, 1999, "usd", 25),
    ("creator", 700, 4999, "usd", 40),
]

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

SMALLEST = """
id = "trial"
version = 1
unit = "wish"
signup_bonus = 3

[features.magic-lamp]
cost = 1
"""

WHOLE = (
    SOUND
    + """
[[packages]]
id = "large"
name = "Large"
tokens = 500
amount = 3999
currency = "usd"
grants_access = true

[features.video]
cost = 8
kind = "video"
template = "A film of {area}: {prompt}"

[trial]
images = 3
features = ["image"]

[expiry]
bonus_days = 30
refund_grace_days = 7
plan_grace_days = 3

[auto_reload]
threshold_min = 1
threshold_max = 90
tokens_min = 100

[limits]
images_per_day = 200
images_at_once = 10
provider_images_per_day = 5000
free_images_per_day = 1000

[access]
required = true

[payout]
per_thousand_tokens = 7000
fee_basis_points = 290
fee_fixed = 30

[[plans]]
id = "monthly"
name = "Monthly"
kind = "subscription"
amount = 2900
currency = "usd"
interval = "month"
tokens = 300
tokens_expire = "period"

[[plans]]
id = "weekly"
name = "A week"
kind = "pass"
amount = 1499
currency = "usd"
days = 7
unlimited_per_day = 50
features = ["image", "video"]

[[styles]]
id = "warm"
name = "Warm"
features = ["image"]
template = "{prompt}, in evening light"
aspect_ratio = "16:9"

[[styles]]
id = "worn"
name = "Worn"
active = false
features = ["image"]
template = "{prompt}, worn"
"""
)


def test_phoenix_prices_what_the_product_sells() -> None:
    phoenix = load(ECONOMIES / "phoenix.toml")

    assert (phoenix.label, phoenix.unit, phoenix.signup_bonus) == ("phoenix@1", "token", 10)
    assert {name: feature.cost for name, feature in phoenix.features.items()} == {"image": 5}
    assert phoenix.tips is not None
    assert (phoenix.tips.minimum, phoenix.tips.maximum, phoenix.tips.fee_basis_points) == (1, 10_000, 0)
    assert [(p.id, p.tokens, p.amount, p.currency, p.bonus_percent) for p in phoenix.packages] == PACKAGES


def test_phoenix_sells_two_plans_whose_tokens_end_with_their_month_and_one_of_forty_images_a_day() -> None:
    phoenix = load(ECONOMIES / "phoenix.toml")

    assert [(p.id, p.amount, p.interval, p.tokens, p.tokens_expire, p.unlimited_per_day) for p in phoenix.plans] == [
        ("plus", 999, "month", 130, "period", None),
        ("studio", 1999, "month", 280, "period", None),
        ("atelier", 3999, "month", 0, "never", 40),
    ]
    assert phoenix.plans[2].features == ("image",)
    assert [package.id for package in phoenix.reload_packages] == ["starter", "popular", "pro", "creator"]
    assert phoenix.limits == Limits(free_images_per_day=10_000)
    assert phoenix.expiry == Expiry(bonus_days=0, refund_grace_days=7, plan_grace_days=3)
    assert (phoenix.trial, phoenix.access.required, phoenix.styles) == (None, False, ())


def test_in_phoenix_tokens_nothing_is_given_and_a_token_is_an_image() -> None:
    tokens = load(ECONOMIES / "phoenix-tokens.toml")

    assert (tokens.label, tokens.signup_bonus) == ("phoenix-tokens@1", 0)
    assert {name: feature.cost for name, feature in tokens.features.items()} == {"image": 1}
    assert [(p.id, p.tokens, p.amount, p.currency, p.bonus_percent) for p in tokens.packages] == PACKAGES


def test_yarda_sells_what_its_tiers_are_called() -> None:
    yarda = load(ECONOMIES / "yarda.toml")

    assert [(p.tier, p.kind, p.days, p.per_property, p.unlimited_per_day) for p in yarda.plans] == [
        ("monthly_pro", "subscription", None, False, 50),
        ("7day_pass", "pass", 7, False, 50),
        ("per_property", "pass", 30, True, 50),
    ]
    assert yarda.trial == Trial(images=3, features=("landscape",))
    assert [package.tokens for package in yarda.reload_packages] == [10, 50]
    assert [style.id for style in yarda.styles] == ["modern", "cottage", "desert"]
    assert (yarda.tips, yarda.signup_bonus) == (None, 0)
    assert yarda.limits == Limits(
        images_per_day=200, images_at_once=8, provider_images_per_day=5_000, free_images_per_day=1_000
    )


def test_interiors_gives_six_credits_for_six_features_and_sells_a_plan() -> None:
    interiors = load(ECONOMIES / "interiors.toml")

    assert (interiors.unit, interiors.signup_bonus, interiors.packages, interiors.tips) == ("credit", 6, (), None)
    assert {name: (feature.name, feature.kind, feature.cost) for name, feature in interiors.features.items()} == {
        "interior": ("Interior", "image", 1),
        "exterior": ("Exterior", "image", 1),
        "sketch": ("Sketch", "image", 1),
        "furnish": ("Furnish", "image", 1),
        "remove": ("Remove", "image", 1),
        "video": ("Video", "video", 1),
    }
    assert interiors.plans[0].features == ("interior", "exterior", "sketch", "furnish", "remove", "video")


def test_access_is_bought_once_or_by_subscription() -> None:
    access = load(ECONOMIES / "access.toml")

    assert (access.signup_bonus, access.access.required) == (0, True)
    assert [(package.tokens, package.grants_access) for package in access.packages] == [(5, True)]
    assert [(plan.kind, plan.tokens, plan.grants_access) for plan in access.plans] == [("subscription", 0, True)]


@pytest.mark.parametrize("name", ["phoenix", "yarda"])
def test_a_grant_above_500_needs_a_second_administrator(name: str) -> None:
    admin = load(ECONOMIES / f"{name}.toml").admin

    assert (admin.alone, admin.maximum, admin.daily) == (500, 10_000, 5_000)
    assert admin.reasons == ("support", "goodwill", "outage", "correction", "promotion")


def test_a_file_that_says_nothing_of_them_has_no_tips_plans_trial_limits_or_expiry(tmp_path: Path) -> None:
    smallest = load(written(tmp_path, SMALLEST))

    assert (smallest.packages, smallest.plans, smallest.styles) == ((), (), ())
    assert (smallest.tips, smallest.trial, smallest.auto_reload, smallest.payout) == (None, None, None, None)
    assert (smallest.expiry.bonus_days, smallest.limits, smallest.access.required) == (0, Limits(), False)
    assert smallest.admin == load(ECONOMIES / "phoenix.toml").admin
    assert smallest.features["magic-lamp"] == Feature(cost=1, name="Magic Lamp", kind="image", template="{prompt}")


@pytest.mark.parametrize("path", sorted(ECONOMIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_economy_file_is_sound(path: Path) -> None:
    assert load(path).id == path.stem


def test_a_package_and_a_plan_are_found_by_their_ids() -> None:
    phoenix = load(ECONOMIES / "phoenix.toml")

    assert (phoenix.package("pro"), phoenix.package("plus")) == (phoenix.packages[2], None)
    assert (phoenix.plan("plus"), phoenix.plan("pro")) == (phoenix.plans[0], None)


def test_a_style_is_found_by_its_id_while_it_is_active_and_for_its_features_only(tmp_path: Path) -> None:
    whole = load(written(tmp_path, WHOLE))

    assert whole.style("warm", "image") == whole.styles[0]
    assert whole.style("warm", "video") is None
    assert whole.style("worn", "image") is None
    assert whole.style("cold", "image") is None


def test_packages_that_may_be_bought_by_auto_reload_can_be_named(tmp_path: Path) -> None:
    named = WHOLE.replace("tokens_min = 100", 'tokens_min = 100\npackages = ["large"]')

    assert [package.id for package in load(written(tmp_path, named)).reload_packages] == ["large"]
    assert [package.id for package in load(written(tmp_path, WHOLE)).reload_packages] == ["starter", "large"]
    assert load(written(tmp_path, SOUND)).reload_packages == ()


def test_a_plan_without_a_tier_is_told_apart_by_its_id(tmp_path: Path) -> None:
    assert [plan.tier for plan in load(written(tmp_path, WHOLE)).plans] == ["monthly", "weekly"]


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
        ("minimum = 1", "minimum = 101", "tips: minimum is above maximum"),
        ("presets = [1, 50]", "presets = [1, 500]", "tips: presets: one lies outside minimum and maximum"),
        ("maximum = 100", "maximum = 100\nfee_basis_points = 100", "tips.fee_basis_points: Input should be less than"),
        ("tokens = 110", "tokens = 0", "packages.0.tokens: Input should be greater than or equal to 1"),
        (
            "tokens = 110",
            "tokens = 111",
            "packages.0: 111 tokens cannot be split into a whole base and the bonus_percent",
        ),
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
        ("signup_bonus = 10", "signup_bonus = 10\nadmin.alone = 10001", "admin: alone is above maximum"),
        ("signup_bonus = 10", "signup_bonus = 10\nadmin.reasons = []", "admin.reasons: "),
        ("signup_bonus = 10", 'signup_bonus = 10\nadmin.reasons = ["a word"]', "admin.reasons.0: String should match"),
        (
            "signup_bonus = 10",
            'signup_bonus = 10\nadmin.reasons = ["a", "a"]',
            "admin: reasons: one is there twice",
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


REFUSED_WITH_ALL_OF_IT = [
    # plans: without a price, or with two meanings
    ("amount = 2900", "", "plans.0.amount: Field required"),
    ("amount = 2900", "amount = 0", "plans.0.amount: Input should be greater than or equal to 50"),
    ('interval = "month"', "", "plans.0: interval: a subscription needs one"),
    ('interval = "month"', 'interval = "decade"', "plans.0.interval: Input should be 'week', 'month' or 'year'"),
    ('interval = "month"', 'interval = "month"\ndays = 30', "plans.0: days: only a pass has them"),
    ('interval = "month"', 'interval = "month"\nper_property = true', "plans.0: per_property: only a pass can be"),
    ("\ndays = 7", "", "plans.1: days: a pass needs them"),
    ("\ndays = 7", "\ndays = 367", "plans.1.days: Input should be less than or equal to 366"),
    ("\ndays = 7", '\ndays = 7\ninterval = "month"', "plans.1: interval: a pass is paid once"),
    ("\ndays = 7", "\ndays = 7\ntokens = 5", "plans.1: tokens: a pass brings none"),
    ("tokens = 300", "", "plans.0: tokens_expire: it brings no tokens"),
    ("tokens = 300", 'tokens = 300\nfeatures = ["image"]', "plans.0: features: it makes none of them, for unlimited_"),
    ("unlimited_per_day = 50", "", "plans.1: features: it makes none of them, for unlimited_per_day is missing"),
    ("unlimited_per_day = 50", "unlimited_per_day = 0", "plans.1.unlimited_per_day: Input should be greater than"),
    ('features = ["image", "video"]', "", "plans.1: features: name what unlimited_per_day is for"),
    (
        'tokens = 300\ntokens_expire = "period"',
        "",
        "plans.0: unlimited_per_day: it sells neither use nor tokens nor access",
    ),
    ('id = "weekly"', 'id = "monthly"', "packages and plans: two share the id monthly"),
    ('id = "weekly"', 'id = "starter"', "packages and plans: two share the id starter"),
    ('id = "large"', 'id = "starter"', "packages: two share the id starter"),
    ('id = "weekly"', 'id = "weekly"\ntier = "7 days"', "plans.1.tier: String should match pattern"),
    # features that are not there
    (
        'features = ["image", "video"]',
        'features = ["image", "film"]',
        "plans.weekly.features: there is no feature film",
    ),
    ('images = 3\nfeatures = ["image"]', 'images = 3\nfeatures = ["film"]', "trial.features: there is no feature film"),
    ('images = 3\nfeatures = ["image"]', "images = 3\nfeatures = []", "trial.features: Tuple should have at least 1"),
    ("images = 3", "images = 0", "trial.images: Input should be greater than or equal to 1"),
    ('name = "Warm"\nfeatures = ["image"]', 'name = "Warm"\nfeatures = ["film"]', "styles.warm.features: there is no"),
    ('name = "Warm"\nfeatures = ["image"]', 'name = "Warm"\nfeatures = []', "styles.0.features: Tuple should have at"),
    # words
    ('"{prompt}, worn"', '"worn"', "styles.1.template: {prompt} must stand in it exactly once"),
    ('"{prompt}, worn"', '"{prompt}, {prompt}"', "styles.1.template: {prompt} must stand in it exactly once"),
    ('"{prompt}, worn"', '"{prompt} of {area}"', "styles.1.template: {area} may stand only in a feature's template"),
    ('"{prompt}, worn"', '"{prompt}, {wear}"', "styles.1.template: it may hold no braces but those of {prompt} and"),
    ('"A film of {area}: {prompt}"', '"A film"', "features.video.template: {prompt} must stand in it exactly once"),
    ('"A film of {area}: {prompt}"', '"{area}{area}{prompt}"', "features.video.template: {area} may stand in it only"),
    ('kind = "video"', 'kind = "film"', "features.video.kind: Input should be 'image' or 'video'"),
    ('aspect_ratio = "16:9"', 'aspect_ratio = "16:10"', "styles.0.aspect_ratio: Input should be '1:1', "),
    ('id = "worn"', 'id = "warm"', "styles: two share the id warm"),
    # what is bought by itself
    (
        "tokens_min = 100",
        "tokens_min = 111",
        "packages.starter.tokens: they are fewer than auto_reload.tokens_min, 111",
    ),
    (
        "threshold_max = 90",
        "threshold_max = 0",
        "auto_reload.threshold_max: Input should be greater than or equal to 1",
    ),
    ("threshold_min = 1", "threshold_min = 91", "auto_reload: threshold_min is above threshold_max"),
    ("tokens_min = 100", 'packages = ["huge"]', "auto_reload.packages: there is no package huge"),
    (
        "tokens_min = 100",
        "seconds_apart = 59",
        "auto_reload.seconds_apart: Input should be greater than or equal to 60",
    ),
    ("tokens_min = 100", "failures_max = 0", "auto_reload.failures_max: Input should be greater than or equal to 1"),
    # what ends
    ("bonus_days = 30", "bonus_days = 366", "expiry.bonus_days: Input should be less than 366"),
    ("bonus_days = 30", "bonus_days = -1", "expiry.bonus_days: Input should be greater than or equal to 0"),
    ("refund_grace_days = 7", "refund_grace_days = 367", "expiry.refund_grace_days: Input should be less than 366"),
    ("refund_grace_days = 7", "refund_grace_days = 0", "expiry.refund_grace_days: where tokens expire, a refund must"),
    ("plan_grace_days = 3", "plan_grace_days = 367", "expiry.plan_grace_days: Input should be less than 366"),
    (
        "plan_grace_days = 3",
        "plan_grace_days = 335",
        "plans.monthly.tokens_expire: a month and its grace are more than",
    ),
    ('interval = "month"', 'interval = "year"', "plans.monthly.tokens_expire: a year and its grace are more than"),
    (
        'tokens_expire = "period"',
        'tokens_expire = "year"',
        "plans.0.tokens_expire: Input should be 'never' or 'period'",
    ),
    # limits
    ("images_at_once = 10", "images_at_once = 7", "limits.images_at_once: Input should be greater than or equal to 8"),
    ("images_per_day = 200", "images_per_day = 7", "limits.images_per_day: Input should be greater than or equal to 8"),
    ("provider_images_per_day = 5000", "provider_images_per_day = 199", "limits: provider_images_per_day is below"),
    ("free_images_per_day = 1000", "free_images_per_day = 199", "limits: free_images_per_day is below images_per_day"),
    ("free_images_per_day = 1000", "free_images_per_day = true", "limits.free_images_per_day: Input should be a valid"),
    # access and payouts
    ("grants_access = true", "", "access.required: no package or plan has grants_access"),
    (
        "per_thousand_tokens = 7000",
        "per_thousand_tokens = 7707",
        "payout.per_thousand_tokens: it is more than a thousand",
    ),
    (
        "fee_basis_points = 290",
        "fee_basis_points = 1200",
        "payout.per_thousand_tokens: it is more than a thousand tokens",
    ),
    ("fee_fixed = 30", "fee_fixed = 210", "payout.per_thousand_tokens: it is more than a thousand tokens of starter"),
    ("per_thousand_tokens = 7000", "per_thousand_tokens = 0", "payout.per_thousand_tokens: Input should be greater"),
    (
        'amount = 2900\ncurrency = "usd"',
        'amount = 2900\ncurrency = "eur"',
        "payout: tokens are sold in more than one currency",
    ),
]


@pytest.mark.parametrize(("lines", "instead", "sentence"), REFUSED_WITH_ALL_OF_IT)
def test_what_does_not_go_together_is_refused_with_a_sentence_that_names_the_field(
    tmp_path: Path, lines: str, instead: str, sentence: str
) -> None:
    assert WHOLE.count(lines) == 1

    with pytest.raises(ConfigurationError) as refusal:
        load(written(tmp_path, WHOLE.replace(lines, instead)))

    assert str(refusal.value).startswith(f"economies/trial.toml: {sentence}")


def test_a_thousand_tokens_may_be_worth_exactly_what_the_cheapest_offer_nets(tmp_path: Path) -> None:
    """110 tokens for 9.99 net 9.99 * 0.971 - 0.30 = 9.40029, 85.45 a thousand; 500 for 39.99 net 38.53029, 77.06."""
    assert load(written(tmp_path, WHOLE.replace("= 7000", "= 7706"))).payout is not None


def test_nothing_can_be_bought_by_itself_where_nothing_is_sold(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="auto_reload: there is no package that it could buy"):
        load(written(tmp_path, SMALLEST + "[auto_reload]\nthreshold_min = 1\n"))


def written(folder: Path, text: str) -> Path:
    """The path of an economy file of this text."""
    path = folder / "trial.toml"
    path.write_text(text, encoding="utf-8")
    return path
