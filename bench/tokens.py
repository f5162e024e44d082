"""Processor time of a real ID token, signed and verified, beside the same with the library's own cache alone."""

import os
import statistics
import time
from typing import Any

from bench.rows import Row, at_most
from bench.size import Size
from bench.stage import Stage
from local.google.oidc import Issuer, IssuerServer
from shared.edge import identity

CALLS = 100


def measure(stage: Stage, size: Size) -> list[Row]:
    """The median of the rounds, in which both take turns."""
    from firebase_admin import _token_gen, auth

    project = stage.environment["GOOGLE_CLOUD_PROJECT"]
    issuer = Issuer(f"https://securetoken.google.com/{project}")
    certificates = IssuerServer(0, issuer)
    certificates.start()
    usual, _token_gen.ID_TOKEN_CERT_URI = _token_gen.ID_TOKEN_CERT_URI, certificates.certs_url
    emulator = os.environ.pop("FIREBASE_AUTH_EMULATOR_HOST")  # it would accept what is not signed
    try:
        app = identity._app()
        ours, alone = auth._get_client(app)._token_verifier, _token_gen.TokenVerifier(app)
        token = issuer.mint("ada@example.com", project, sub="ada", firebase={"sign_in_provider": "password"})
        for verifier in (ours, alone):
            verifier.verify_id_token(token)
        ratios = [_seconds(ours, token) / _seconds(alone, token) for _ in range(size.read_rounds)]
    finally:
        os.environ["FIREBASE_AUTH_EMULATOR_HOST"] = emulator
        _token_gen.ID_TOKEN_CERT_URI = usual
        certificates.stop()
    name = "ID token with a signature"
    return [Row(name, "processor time, times the library's own", statistics.median(ratios), 1, None, at_most(0.4))]


def _seconds(verifier: Any, token: str) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        verifier.verify_id_token(token)
    return time.process_time() - began
