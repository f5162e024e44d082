"""Needs a local issuer, started here, in the place of Google's; what verifies ID tokens is the real library."""

import base64
import contextlib
import dataclasses
import functools
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import firebase_admin
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from firebase_admin import _token_gen, auth

from local.google.oidc import Issuer, IssuerServer
from local.net.http_server import Response
from shared.edge.identity import Person, fetch_certificates, person
from shared.errors import Forbidden, Unauthenticated, Unavailable
from tests.support import api, functions
from tests.support.concurrently import concurrently
from tests.support.target import Target

PROJECT = "demo-identity"
ISSUER_URL = f"https://securetoken.google.com/{PROJECT}"


@pytest.fixture(scope="module")
def google() -> Issuer:
    return Issuer(ISSUER_URL)


@pytest.fixture(scope="module")
def certificates(google: Issuer) -> Iterator[IssuerServer]:
    server = IssuerServer(0, google)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def production(
    monkeypatch: pytest.MonkeyPatch, signing_key: Path, certificates: IssuerServer, fresh_settings: None
) -> None:
    """As deployed: no emulator accepts what is not signed."""
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(signing_key))
    monkeypatch.setattr(_token_gen, "ID_TOKEN_CERT_URI", certificates.certs_url)


def mint(issuer: Issuer, user_id: str = "ada", **claims: Any) -> str:
    """An ID token as Firebase signs it for somebody who is signed in with a password."""
    usual: dict[str, Any] = {
        "sub": user_id,
        "user_id": user_id,
        "auth_time": int(time.time()),
        "firebase": {"sign_in_provider": "password", "identities": {}},
    }
    return issuer.mint("ada@example.com", PROJECT, **(usual | claims))


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def forged(header: object, payload: object, signature: str = "c2lnbmF0dXJl") -> str:
    return f"{part(header)}.{part(payload)}.{signature}"


def claims_of(token: str) -> dict[str, object]:
    encoded = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return claims


# -- what is accepted --------------------------------------------------------------------------------------------


def test_a_genuine_token_tells_who_calls(google: Issuer) -> None:
    token = mint(google, name="Ada", picture="https://pics.example/ada.png")

    assert person(f"Bearer {token}") == Person(
        user_id="ada",
        email_verified=True,
        email="ada@example.com",
        anonymous=False,
        name="Ada",
        picture="https://pics.example/ada.png",
    )


@pytest.mark.threat(31, 93)
@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_is_none(google: Issuer, verified: object) -> None:
    token = mint(google, email_verified=verified)

    assert person(f"Bearer {token}").email == ""


@pytest.mark.threat(27, 74)
def test_a_claim_that_somebody_made_and_signed_themselves_is_worth_nothing() -> None:
    with pytest.raises(Unauthenticated):
        person(f"Bearer {mint(Issuer(ISSUER_URL), admin=True)}")


def test_the_first_two_calls_of_an_instance_may_come_at_once(google: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    both, make = threading.Barrier(2), firebase_admin.initialize_app

    def make_once_both_are_here(**arguments: Any) -> firebase_admin.App:
        with contextlib.suppress(threading.BrokenBarrierError):  # the other one waits, as it should
            both.wait(timeout=0.5)
        return make(**arguments)

    monkeypatch.setattr(firebase_admin, "initialize_app", make_once_both_are_here)
    token = mint(google)

    assert [caller.user_id for caller in concurrently(2, lambda _: person(f"Bearer {token}"))] == ["ada", "ada"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer"])
def test_the_scheme_is_read_without_regard_to_case(google: Issuer, scheme: str) -> None:
    assert person(f"{scheme} {mint(google)} ").user_id == "ada"


@pytest.mark.parametrize(
    ("claims", "verified"),
    [
        ({"email_verified": True}, True),
        ({"email_verified": False}, False),
        ({"email_verified": "true"}, False),
        ({"email_verified": 1}, False),
        ({"email_verified": None}, False),
    ],
)
@pytest.mark.threat(31)
def test_an_e_mail_is_verified_only_if_the_claim_is_true(
    google: Issuer, claims: dict[str, Any], verified: bool
) -> None:
    assert person(f"Bearer {mint(google, **claims)}").email_verified is verified


@pytest.mark.threat(31)
def test_an_anonymous_sign_in_is_told_apart(google: Issuer) -> None:
    token = mint(google, firebase={"sign_in_provider": "anonymous", "identities": {}})

    assert person(f"Bearer {token}").anonymous


@pytest.mark.threat(27)
@pytest.mark.parametrize("claims", [{"admin": True}, {"role": "admin"}, {"email_verified": False, "superuser": True}])
def test_no_other_claim_gives_anything(google: Issuer, claims: dict[str, Any]) -> None:
    known = {"user_id", "email_verified", "email", "anonymous", "name", "picture", "has_admin_claim"}

    told = dataclasses.asdict(person(f"Bearer {mint(google, **claims)}"))

    assert set(told) == known
    assert told["has_admin_claim"] is (claims == {"admin": True})


def test_a_clock_that_is_a_little_off_does_no_harm(google: Issuer) -> None:
    now = int(time.time())

    assert person(f"Bearer {mint(google, exp=now - 1)}")
    assert person(f"Bearer {mint(google, iat=now + 2)}")


# -- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.threat(29)
@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 60},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200},
        {"exp": None},
        {"exp": "never"},
        {"iat": None},
        {"aud": "another-project"},
        {"aud": [PROJECT, "another-project"]},
        {"aud": None},
        {"iss": "https://securetoken.google.com/another-project"},
        {"iss": "https://accounts.google.com"},
        {"iss": f"{ISSUER_URL}/"},
        {"iss": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "a" * 129},
    ],
    ids=lambda claims: " ".join(f"{name}" for name in claims),  # a time in an id would differ between workers
)
def test_a_signed_token_of_other_claims_is_refused(google: Issuer, claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        person(f"Bearer {mint(google, **claims)}")


@pytest.mark.threat(29)
def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        person(f"Bearer {mint(Issuer(ISSUER_URL))}")


@pytest.mark.threat(29)
def test_a_token_of_another_key_under_the_genuine_keys_name_is_refused(google: Issuer) -> None:
    header, _, _ = mint(google).split(".")
    _, payload, signature = mint(Issuer(ISSUER_URL)).split(".")

    with pytest.raises(Unauthenticated):
        person(f"Bearer {header}.{payload}.{signature}")


@pytest.mark.threat(29)
def test_a_token_whose_claims_were_changed_is_refused(google: Issuer) -> None:
    header, payload, signature = mint(google).split(".")
    changed = part(claims_of(f".{payload}.") | {"sub": "ben", "user_id": "ben"})

    with pytest.raises(Unauthenticated):
        person(f"Bearer {header}.{changed}.{signature}")


@pytest.mark.threat(29)
@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS512", "", None, 7])
@pytest.mark.parametrize("signature", ["", "c2lnbmF0dXJl"])
def test_a_token_of_another_algorithm_is_refused(google: Issuer, algorithm: object, signature: str) -> None:
    header = {"alg": algorithm, "typ": "JWT", "kid": google.key_id}

    with pytest.raises(Unauthenticated):
        person(f"Bearer {forged(header, claims_of(mint(google)), signature)}")


def signed(header: dict[str, object], payload: object, sign: Callable[[bytes], bytes]) -> str:
    """A token with this header, signed so."""
    text = f"{part(header)}.{part(payload)}"
    return f"{text}.{base64.urlsafe_b64encode(sign(text.encode())).decode().rstrip('=')}"


@pytest.mark.threat(29)
@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
@pytest.mark.parametrize("form", ["certificate", "PEM", "DER"])
def test_the_public_key_is_no_secret_to_sign_with(google: Issuer, form: str, algorithm: str) -> None:
    (certificate,) = google.certs.values()
    key, info = x509.load_pem_x509_certificate(certificate.encode()).public_key(), PublicFormat.SubjectPublicKeyInfo
    secrets = {
        "certificate": certificate.encode(),
        "PEM": key.public_bytes(Encoding.PEM, info),
        "DER": key.public_bytes(Encoding.DER, info),
    }
    header: dict[str, object] = {"alg": algorithm, "typ": "JWT", "kid": google.key_id}

    for secret in (secrets[form], secrets[form].strip()):
        with pytest.raises(Unauthenticated):
            person(f"Bearer {signed(header, claims_of(mint(google)), functools.partial(hmac_sha256, secret))}")


def hmac_sha256(secret: bytes, text: bytes) -> bytes:
    return hmac.digest(secret, text, "sha256")


@pytest.mark.threat(29)
@pytest.mark.parametrize("key_id", [{}, {"kid": None}, {"kid": ""}, {"kid": "another"}, {"kid": 0}])
def test_a_genuine_signature_under_no_known_key_id_is_refused(google: Issuer, key_id: dict[str, object]) -> None:
    token = signed({"alg": "RS256", "typ": "JWT", **key_id}, claims_of(mint(google)), google._signer.sign)

    with pytest.raises(Unauthenticated):
        person(f"Bearer {token}")


@pytest.mark.threat(30)
def test_a_token_is_checked_against_certificates_and_nobody_is_asked_about_its_user(
    google: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who was revoked or disabled stays signed in for an hour at most; a frozen wallet stops them at once."""
    certificates = json.dumps(google.certs).encode()
    with Target(lambda _: Response(200, certificates, {"Content-Type": "application/json"})) as everybody:
        monkeypatch.setattr(_token_gen, "ID_TOKEN_CERT_URI", f"{everybody.url}certs")
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, everybody.url)
        signed_in_long_ago = mint(google, auth_time=1, revoked=True, disabled=True)

        assert person(f"Bearer {signed_in_long_ago}").user_id == "ada"

        assert {request.path for request in everybody.requests} <= {"/certs", f"{everybody.url}certs"}
        with pytest.raises(Unauthenticated):
            person(f"Bearer {mint(google, auth_time=1, exp=int(time.time()) - 60)}")


@pytest.mark.threat(29)
@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({"alg": "RS256"}, {}),
        ([], {}),
        ({"alg": "RS256", "kid": "k"}, []),
        ({"alg": "RS256", "kid": "k"}, "claims"),
        ({"alg": "RS256", "kid": "k"}, None),
        ({"alg": "RS256", "kid": ["k"]}, {"aud": PROJECT, "iss": ISSUER_URL, "sub": "ada"}),
        ({"alg": "RS256", "kid": {"k": 1}}, {"aud": PROJECT, "iss": ISSUER_URL, "sub": "ada"}),
        ({"alg": "HS256"}, {"v": 0, "d": 5}),
        ({"alg": "HS256"}, {"v": 0, "d": {"uid": "ada"}}),
        ({"alg": "RS256", "kid": "k"}, {"aud": {"a": 1}, "iss": [], "sub": "ada"}),
    ],
    ids=repr,
)
def test_a_token_of_another_shape_is_refused(header: object, payload: object) -> None:
    with pytest.raises(Unauthenticated):
        person(f"Bearer {forged(header, payload)}")


@pytest.mark.threat(29, 87)
def test_a_token_that_is_nested_a_thousand_deep_is_refused() -> None:
    deep = base64.urlsafe_b64encode(b'{"a":' * 1000 + b"1" + b"}" * 1000).decode().rstrip("=")

    with pytest.raises(Unauthenticated):
        person(f"Bearer {part({'alg': 'RS256', 'kid': 'k'})}.{deep}.c2ln")


@pytest.mark.threat(29)
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer a",
        "Bearer a.b",
        "Bearer a.b.c",
        "Bearer ...",
        "Bearer a.b.c.d",
        "Bearer \u00e9.b.c",
        "Bearer a b",
        "Basic YWRhOnNlY3JldA==",
        "Token abc",
        "Bearer " + "a" * 8193,
        "Bearer " + "a" * 1_000_000,
        "Bearer\nBearer a.b.c",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_a_header_that_carries_no_token_is_refused(authorization: str) -> None:
    with pytest.raises(Unauthenticated):
        person(authorization)


@pytest.mark.threat(22, 29)
@pytest.mark.parametrize("user_id", ["a/b", ".", "..", "__ada__", "a\u0000", "a\nb", "/"])
def test_a_uid_that_cannot_be_a_document_id_is_forbidden(google: Issuer, user_id: str) -> None:
    with pytest.raises(Forbidden):
        person(f"Bearer {mint(google, user_id)}")


@pytest.mark.threat(22)
@pytest.mark.parametrize("user_id", ["a_b", "_", "__a", "a__", "a.b", "ü", "a b", "a" * 128])
def test_a_uid_may_be_as_odd_as_firebase_allows(google: Issuer, user_id: str) -> None:
    assert person(f"Bearer {mint(google, user_id)}").user_id == user_id


def test_certificates_that_cannot_be_had_are_no_fault_of_the_caller(
    google: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Target(lambda _: Response(500)) as broken:
        monkeypatch.setattr(_token_gen, "ID_TOKEN_CERT_URI", f"{broken.url}certs")

        with pytest.raises(Unavailable):
            person(f"Bearer {mint(google)}")


def test_certificates_can_be_fetched_before_the_first_call(google: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps(google.certs).encode()
    with Target(lambda _: Response(200, body, {"Cache-Control": "public, max-age=3600"})) as certificates:
        monkeypatch.setattr(_token_gen, "ID_TOKEN_CERT_URI", certificates.url)

        fetch_certificates()
        assert len(certificates.requests) == 1
        person(f"Bearer {mint(google)}")

        assert len(certificates.requests) == 1


def test_five_tokens_ask_the_librarys_request_for_certificates_once(
    google: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fetch = _token_gen.CertificateFetchRequest.__call__

    def counted(request: Any, url: str, **options: Any) -> Any:
        asked.append(url)
        return fetch(request, url, **options)

    monkeypatch.setattr(_token_gen.CertificateFetchRequest, "__call__", counted)

    for n in range(5):
        assert person(f"Bearer {mint(google, f'u{n}')}").user_id == f"u{n}"

    assert len(asked) == 1


def test_certificates_that_cannot_be_fetched_beforehand_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    with Target(lambda _: Response(500)) as broken:
        monkeypatch.setattr(_token_gen, "ID_TOKEN_CERT_URI", broken.url)

        with pytest.raises(auth.CertificateFetchError):
            fetch_certificates()


# -- over HTTP ---------------------------------------------------------------------------------------------------


@pytest.mark.threat(29)
def test_a_forged_token_is_401_where_one_is_needed_and_where_none_is(google: Issuer) -> None:
    expired = {"Authorization": f"Bearer {mint(google, exp=int(time.time()) - 60)}"}

    assert api.get("get_wallet", headers=expired).problem == (401, "unauthenticated")
    assert api.get("get_catalog", headers=expired).problem == (401, "unauthenticated")


def test_a_public_function_answers_without_a_token_with_a_good_one_and_anonymously(google: Issuer) -> None:
    anonymous = mint(google, firebase={"sign_in_provider": "anonymous", "identities": {}})

    assert api.get("get_catalog").status == 200
    for token in (mint(google), mint(google, email_verified=False), anonymous):
        assert api.get("get_catalog", headers={"Authorization": f"Bearer {token}"}).status == 200


@pytest.mark.threat(31)
@pytest.mark.parametrize(
    ("function", "claims", "problem"),
    [
        ("tip", {"email_verified": False}, (403, "email-not-verified")),
        ("generate", {"email_verified": False}, (403, "email-not-verified")),
        ("create_checkout", {"email_verified": False}, (403, "email-not-verified")),
        ("open_account", {"firebase": {"sign_in_provider": "anonymous"}}, (403, "anonymous-not-allowed")),
        ("tip", {"firebase": {"sign_in_provider": "anonymous"}}, (403, "anonymous-not-allowed")),
        ("publish_post", {"firebase": {"sign_in_provider": "anonymous"}}, (403, "anonymous-not-allowed")),
        ("confirm_checkout", {"firebase": {"sign_in_provider": "anonymous"}}, (403, "anonymous-not-allowed")),
        ("open_account", {"sub": "a/b"}, (403, "forbidden")),
        ("tip", {"sub": ".."}, (403, "forbidden")),
    ],
)
def test_who_may_not_is_told_why(
    google: Issuer, function: str, claims: dict[str, Any], problem: tuple[int, str]
) -> None:
    headers = {"Authorization": f"Bearer {mint(google, **claims)}"}

    assert api.post(function, headers=headers, key="k1").problem == problem


@pytest.mark.threat(29)
@pytest.mark.parametrize("function", sorted(functions.OPEN_TO_EVERYONE))
def test_a_bad_uid_is_forbidden_on_public_functions_too(google: Issuer, function: str) -> None:
    headers = {"Authorization": f"Bearer {mint(google, 'a/b')}"}

    assert api.get(function, headers=headers).problem == (403, "forbidden")
