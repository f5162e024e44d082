"""Needs nothing: environments are dictionaries, but for what main.py reads itself."""

import pytest

import main
from shared.config import LOCAL_ONLY, ConfigurationError, read
from shared.manifest import FUNCTIONS

DEPLOYED = {"K_SERVICE": "tip", "GOOGLE_CLOUD_PROJECT": "guilder"}


@pytest.mark.threat(32)
@pytest.mark.parametrize("name", LOCAL_ONLY)
def test_a_deployed_function_refuses_every_local_override_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} is set: emulators and local overrides are refused"):
        read({**DEPLOYED, name: "127.0.0.1:9099"})


@pytest.mark.threat(32)
def test_what_can_point_the_code_at_a_stand_in_is_refused() -> None:
    assert set(LOCAL_ONLY) == {
        "FIRESTORE_EMULATOR_HOST",
        "FIREBASE_AUTH_EMULATOR_HOST",
        "STORAGE_EMULATOR_HOST",
        "CLOUD_TASKS_EMULATOR_HOST",
        "STRIPE_API_BASE",
        "OIDC_CERTS_URL",
        "OIDC_ISSUER",
        "GEMINI_API_BASE",
        "LOCAL_IMAGE_FAIL_WORD",
        "CLOCK_FILE",
    }


@pytest.mark.parametrize("name", LOCAL_ONLY)
def test_on_a_developers_machine_local_overrides_are_welcome(name: str) -> None:
    assert not read({name: "127.0.0.1:9099"}).deployed


@pytest.mark.threat(32)
@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_no_entry_point_can_be_had_where_an_emulator_is_set_in_production(
    monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setenv("K_SERVICE", function)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "guilder")
    for name in LOCAL_ONLY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")

    with pytest.raises(ConfigurationError, match="FIREBASE_AUTH_EMULATOR_HOST"):
        getattr(main, function)


def test_what_is_no_function_is_no_entry_point() -> None:
    with pytest.raises(AttributeError, match="there is no function named mint_tokens"):
        main.mint_tokens  # noqa: B018 - looking it up is what is tried


@pytest.mark.parametrize("name", ["griffin", "../phoenix", "/etc/passwd", "Phoenix"])
def test_an_economy_that_does_not_exist_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^ECONOMY={name}: there is no file economies/{name}.toml.$"):
        read({"ECONOMY": name})


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_deployed_function_names_the_variable_it_misses(function: str) -> None:
    everything = {name: "x" for it in FUNCTIONS.values() for name in it.required}
    assert read(DEPLOYED | everything, function).deployed

    missed = {name for name in (*everything, "GOOGLE_CLOUD_PROJECT") if is_missed(name, everything, function)}

    assert missed == {"GOOGLE_CLOUD_PROJECT", *FUNCTIONS[function].required} - {"GEMINI_API_KEY"}


def is_missed(name: str, everything: dict[str, str], function: str) -> bool:
    """Whether the function refuses to start without the variable, in a sentence that names both."""
    try:
        read({**DEPLOYED, **everything, name: " "}, function)
    except ConfigurationError as refusal:
        return str(refusal) == f"{name} is not set, and {function} needs it."
    return False


def test_a_laptop_needs_no_variable_at_all() -> None:
    settings = read({})

    assert (settings.economy, settings.project, settings.deployed) == ("phoenix", "", False)
    assert settings.cors_origins == frozenset()


def test_settings_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        read({}).economy = "yarda"  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.threat(85)
@pytest.mark.parametrize(
    "origins", ["*", "https://*.example.com", "null", "https://a.example, null", "https://a.example,*"]
)
def test_an_origin_that_is_not_exact_is_refused(origins: str) -> None:
    with pytest.raises(ConfigurationError, match="list exact origins, no wildcard"):
        read({"CORS_ORIGINS": origins})


def test_origins_are_separated_by_commas_and_end_without_a_slash() -> None:
    settings = read({"CORS_ORIGINS": " https://a.example/ ,https://b.example:8443,, "})

    assert settings.cors_origins == {"https://a.example", "https://b.example:8443"}


@pytest.mark.parametrize(("value", "is_on"), [("", False), ("false", False), ("true", True), (" TRUE ", True)])
def test_taxes_are_computed_only_where_that_is_said(value: str, is_on: bool) -> None:
    assert read({"STRIPE_TAX": value}).stripe_tax is is_on


@pytest.mark.parametrize("value", ["yes", "1", "on"])
def test_a_switch_is_true_or_false(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^STRIPE_TAX must be true or false\.$"):
        read({"STRIPE_TAX": value})


@pytest.mark.threat(47)
@pytest.mark.parametrize(
    ("key", "livemode", "sentence"),
    [
        ("sk_live_1", "false", "STRIPE_SECRET_KEY is a live key, but STRIPE_LIVEMODE is false."),
        ("rk_live_1", "false", "STRIPE_SECRET_KEY is a live key, but STRIPE_LIVEMODE is false."),
        ("sk_test_1", "true", "STRIPE_SECRET_KEY is a test key, but STRIPE_LIVEMODE is true."),
        ("sk_test_1", "TRUE", "STRIPE_SECRET_KEY is a test key, but STRIPE_LIVEMODE is true."),
        ("sk_test_1", "yes", "STRIPE_LIVEMODE must be true or false."),
    ],
)
def test_a_stripe_key_of_the_other_mode_is_refused(key: str, livemode: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read({"STRIPE_SECRET_KEY": key, "STRIPE_LIVEMODE": livemode})

    assert str(refusal.value) == sentence


@pytest.mark.threat(47)
@pytest.mark.parametrize(
    ("key", "livemode"), [("sk_live_1", True), ("rk_live_1", True), ("sk_test_1", False), ("", False)]
)
def test_the_stripe_keys_prefix_decides_the_mode(key: str, livemode: bool) -> None:
    assert read({"STRIPE_SECRET_KEY": key}).stripe_livemode is livemode
    assert read({"STRIPE_SECRET_KEY": key, "STRIPE_LIVEMODE": str(livemode).lower()}).stripe_livemode is livemode


def test_a_webhook_may_have_two_secrets_while_one_is_rotated_out() -> None:
    assert read({"STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old,"}).stripe_webhook_secrets == ("whsec_new", "whsec_old")
