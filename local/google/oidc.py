"""A local token service: signs OIDC tokens of service accounts as Google does, and serves the certificates."""

import datetime
import hashlib
import json
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt

from local.net.http_server import HttpServer, Request, Response

LOCAL_ISSUER_URL = "http://127.0.0.1/local-issuer"
"""A name, not an address: tokens stay valid whatever port the certificates are served at."""

CERTS_MAX_AGE_SECONDS = 60
"""Google caches for hours. This is short, because every start of the local cloud has a new key."""


class Issuer:
    """Signs tokens as Google does, with an RSA key of its own."""

    def __init__(self, issuer_url: str = LOCAL_ISSUER_URL) -> None:
        self.issuer_url = issuer_url
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        certificate = _self_signed(key)
        self.key_id = certificate.fingerprint(hashes.SHA256()).hex()[:40]
        self.certs = {self.key_id: certificate.public_bytes(serialization.Encoding.PEM).decode()}
        """Key id → PEM certificate, the shape of https://www.googleapis.com/oauth2/v1/certs."""
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        self._signer = crypt.RSASigner.from_string(pem, self.key_id)  # type: ignore[no-untyped-call]  # google-auth

    def mint(self, email: str, audience: str, ttl_seconds: int = 3600, **claims: object) -> str:
        """Returns an ID token of the service account ``email`` for ``audience``; ``claims`` replace the usual ones."""
        now = int(time.time())
        subject = str(int(hashlib.sha256(email.encode()).hexdigest(), 16))[:21]  # Google's are 21 digits
        payload: dict[str, object] = {
            "iss": self.issuer_url,
            "aud": audience,
            "azp": subject,
            "sub": subject,
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + ttl_seconds,
        } | claims
        token: bytes = jwt.encode(self._signer, payload)  # type: ignore[no-untyped-call]  # google-auth
        return token.decode()


class IssuerServer:
    """Serves the issuer's certificates at ``/certs``."""

    def __init__(self, port: int, issuer: Issuer) -> None:
        self._issuer = issuer
        self._server = HttpServer(port, self._answer)

    @property
    def certs_url(self) -> str:
        return f"{self._server.url}/certs"

    @property
    def issuer_url(self) -> str:
        return self._issuer.issuer_url

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        if request.path != "/certs":
            return Response(404)
        if request.method != "GET":
            return Response(405, headers={"Allow": "GET"})
        headers = {"Content-Type": "application/json", "Cache-Control": f"public, max-age={CERTS_MAX_AGE_SECONDS}"}
        return Response(200, json.dumps(self._issuer.certs).encode(), headers)


def _self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local issuer")])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
