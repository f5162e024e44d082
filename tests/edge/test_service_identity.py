"""Needs a local OIDC issuer, started here. Covers threats 57 and 89."""

import base64
import hmac
import json
import socket
from collections.abc import Iterator

import pytest

from local.google.oidc import Issuer, IssuerServer
from local.net.http_server import Response
from shared.config import settings
from shared.edge import service_identity
from shared.edge.service_identity import fetch_certificates, require_service_caller
from shared.errors import Forbidden, Unauthenticated, Unavailable
from tests.support.target import Target

INVOKER = "invoker@demo-guilder.iam.gserviceaccount.com"
AUDIENCE = "http://127.0.0.1:8080/internal/run-generation"


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def issuer_server(issuer: Issuer) -> Iterator[IssuerServer]:
    server = IssuerServer(0, issuer)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, issuer_server: IssuerServer) -> Iterator[None]:
    monkeypatch.setenv("INVOKER_EMAIL", INVOKER)
    monkeypatch.setenv("OIDC_CERTS_URL", issuer_server.certs_url)
    monkeypatch.setenv("OIDC_ISSUER", issuer_server.issuer_url)
    settings.cache_clear()
    service_identity._certs_fetcher.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    service_identity._certs_fetcher.cache_clear()


def setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()


def part(content: object) -> str:
    """One part of a JSON web token."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def claims_of(token: str) -> dict[str, object]:
    encoded = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return claims


def test_the_invoker_is_let_in_by_name(issuer: Issuer) -> None:
    assert require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE)}", AUDIENCE) == INVOKER


def test_the_scheme_is_read_without_regard_to_case(issuer: Issuer) -> None:
    assert require_service_caller(f"bearer {issuer.mint(INVOKER, AUDIENCE)}", AUDIENCE) == INVOKER


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer a.b",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer a.b.c.d",
        "Bearer naïve.tokén.hére",
        "Basic dXNlcjpwYXNz",
        "Bearer " + "x" * 9000,
        f"Bearer {part([])}.{part([])}.c2ln",
        f"Bearer {part({'alg': {}})}.{part({'iss': []})}.c2ln",
    ],
)
def test_what_is_no_token_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        require_service_caller(header, AUDIENCE)


def test_a_token_nested_a_thousand_deep_is_refused() -> None:
    nested = base64.urlsafe_b64encode(b"[" * 2500).decode().rstrip("=")

    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {nested}.{nested}.c2ln", AUDIENCE)


def test_an_expired_token_is_refused(issuer: Issuer) -> None:
    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE, ttl_seconds=-60)}", AUDIENCE)


def test_a_token_from_the_future_is_refused(issuer: Issuer) -> None:
    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE, iat=4102444800)}", AUDIENCE)


@pytest.mark.parametrize(
    "audience", ["http://127.0.0.1:8080/internal/audit-balances", AUDIENCE + "/", "", None, [AUDIENCE, "other"]]
)
def test_a_token_for_another_audience_is_refused(issuer: Issuer, audience: object) -> None:
    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {issuer.mint(INVOKER, 'replaced', aud=audience)}", AUDIENCE)


@pytest.mark.parametrize(
    "other",
    ["https://securetoken.google.com/demo-guilder", "https://accounts.google.com", "accounts.google.com", "", None],
)
def test_a_token_of_another_issuer_is_refused(issuer: Issuer, other: str | None) -> None:
    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE, iss=other)}", AUDIENCE)


def test_a_token_signed_with_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {Issuer().mint(INVOKER, AUDIENCE)}", AUDIENCE)


def test_a_token_signed_with_another_key_under_our_key_id_is_refused(issuer: Issuer) -> None:
    genuine_header = issuer.mint(INVOKER, AUDIENCE).split(".")[0]
    _, payload, signature = Issuer().mint(INVOKER, AUDIENCE).split(".")

    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {genuine_header}.{payload}.{signature}", AUDIENCE)


def test_a_token_changed_after_it_was_signed_is_refused(issuer: Issuer) -> None:
    header, _, signature = issuer.mint("mallory@example.com", AUDIENCE).split(".")
    payload = part(claims_of(issuer.mint(INVOKER, AUDIENCE)))

    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {header}.{payload}.{signature}", AUDIENCE)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "ES256", "", None])
@pytest.mark.parametrize("signature", ["", "c2ln"])
def test_an_unsigned_or_otherwise_signed_token_is_refused(
    issuer: Issuer, algorithm: str | None, signature: str
) -> None:
    header = part({"alg": algorithm, "typ": "JWT", "kid": issuer.key_id})
    payload = part(claims_of(issuer.mint(INVOKER, AUDIENCE)))

    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {header}.{payload}.{signature}", AUDIENCE)


@pytest.mark.threat(57)
def test_the_public_key_is_no_secret_to_sign_with(issuer: Issuer) -> None:
    (certificate,) = issuer.certs.values()
    header = part({"alg": "HS256", "typ": "JWT", "kid": issuer.key_id})
    text = f"{header}.{part(claims_of(issuer.mint(INVOKER, AUDIENCE)))}"

    for secret in (certificate, certificate.strip()):
        signature = base64.urlsafe_b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode().rstrip("=")
        with pytest.raises(Unauthenticated):
            require_service_caller(f"Bearer {text}.{signature}", AUDIENCE)


@pytest.mark.parametrize("email", ["mallory@example.com", "", INVOKER.upper(), f"{INVOKER}.evil.example"])
def test_a_genuine_token_of_another_account_is_forbidden(issuer: Issuer, email: str) -> None:
    with pytest.raises(Forbidden):
        require_service_caller(f"Bearer {issuer.mint(email, AUDIENCE)}", AUDIENCE)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_is_forbidden(issuer: Issuer, verified: object) -> None:
    with pytest.raises(Forbidden):
        require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE, email_verified=verified)}", AUDIENCE)


def test_nobody_is_let_in_where_no_invoker_is_configured(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, "INVOKER_EMAIL", "")

    with pytest.raises(Forbidden):
        require_service_caller(f"Bearer {issuer.mint('', AUDIENCE)}", AUDIENCE)


@pytest.mark.parametrize("unset", [("OIDC_ISSUER", "OIDC_CERTS_URL"), ("OIDC_ISSUER",)])
def test_the_local_issuer_is_refused_where_it_is_not_configured(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, unset: tuple[str, ...]
) -> None:
    for name in unset:
        setting(monkeypatch, name, "")

    with pytest.raises(Unauthenticated):
        require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE)}", AUDIENCE)


@pytest.mark.parametrize("name", ["https://accounts.google.com", "accounts.google.com"])
def test_googles_own_tokens_are_accepted_under_both_of_its_names(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    setting(monkeypatch, "OIDC_ISSUER", "")

    assert require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE, iss=name)}", AUDIENCE) == INVOKER


def test_without_the_issuers_certificates_nothing_is_decided(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        setting(monkeypatch, "OIDC_CERTS_URL", f"http://127.0.0.1:{unused.getsockname()[1]}/certs")

        with pytest.raises(Unavailable):
            require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE)}", AUDIENCE)


def test_an_issuer_that_never_answers_is_given_up_on(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_identity, "CERTS_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        setting(monkeypatch, "OIDC_CERTS_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/certs")

        with pytest.raises(Unavailable):
            require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE)}", AUDIENCE)


@pytest.mark.parametrize("answer", [b"<html>", b"\xff"])
def test_certificates_that_are_none_leave_the_caller_undecided(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    with Target(lambda _: Response(200, answer)) as certs:
        setting(monkeypatch, "OIDC_CERTS_URL", certs.url)

        with pytest.raises(Unavailable):
            require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE)}", AUDIENCE)


def test_certificates_are_fetched_once_for_many_calls(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps(issuer.certs).encode()
    with Target(lambda _: Response(200, body, {"Cache-Control": "public, max-age=3600"})) as certs:
        setting(monkeypatch, "OIDC_CERTS_URL", certs.url)

        for _ in range(5):
            require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE)}", AUDIENCE)

        assert len(certs.requests) == 1


def test_certificates_can_be_fetched_before_the_first_call(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps(issuer.certs).encode()
    with Target(lambda _: Response(200, body, {"Cache-Control": "public, max-age=3600"})) as certs:
        setting(monkeypatch, "OIDC_CERTS_URL", certs.url)

        fetch_certificates()
        assert len(certs.requests) == 1
        require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE)}", AUDIENCE)

        assert len(certs.requests) == 1


def test_a_token_of_a_foreign_issuer_costs_no_fetch(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    with Target() as certs:
        setting(monkeypatch, "OIDC_CERTS_URL", certs.url)

        with pytest.raises(Unauthenticated):
            require_service_caller(f"Bearer {issuer.mint(INVOKER, AUDIENCE, iss='https://evil.example')}", AUDIENCE)

        assert certs.requests == []
