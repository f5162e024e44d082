"""Stripe's webhook endpoints over HTTP: made, listed, changed and deleted, checked against the official parameters."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from stripe import params as official

from local.net.ports import HOST
from local.stripe.errors import StripeRefusal
from local.stripe.params import decode, pairs

PATH = "/v1/webhook_endpoints"
TAKEN = ("url", "enabled_events", "api_version", "description", "metadata", "disabled")


class StripeEndpoints:
    """``endpoints`` by id; ``requests`` are the methods and paths that came; a secret is told once, as Stripe does."""

    def __init__(self) -> None:
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, str] = {}
        self.requests: list[str] = []

    def add(self, url: str, **fields: Any) -> str:
        """An endpoint that is there already."""
        name = f"we_{len(self.secrets) + 1}"
        plain: dict[str, Any] = {
            "id": name,
            "url": url,
            "status": "enabled",
            "metadata": {},
            "api_version": None,
            "enabled_events": [],
        }
        self.endpoints[name] = plain | fields
        self.secrets[name] = f"whsec_canary{len(self.secrets) + 1}"
        return name

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Where they are, until the block ends."""
        stripe = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stripe._respond(self)

            do_POST = do_DELETE = do_GET  # noqa: N815  # the names that the base class looks for

            def log_message(self, *_arguments: object) -> None:
                pass

        with ThreadingHTTPServer((HOST, 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield f"http://{HOST}:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()

    def _respond(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
        path = urlsplit(request.path).path
        self.requests.append(f"{request.command} {path}")
        try:
            status, answer = 200, self._answer(request.command, path.removeprefix(PATH).strip("/"), body)
        except StripeRefusal as refusal:
            status, answer = refusal.status, {"error": {"message": str(refusal), "code": "refused"}}
        text = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def _answer(self, method: str, name: str, body: str) -> dict[str, Any]:
        if method == "GET":
            return {"object": "list", "data": list(self.endpoints.values())[::-1]}
        if method == "DELETE":
            del self.endpoints[name]
            return {"id": name, "deleted": True}
        if name:
            changes: Any = decode(official.WebhookEndpointUpdateParams, pairs(body), TAKEN)
            endpoint = self.endpoints[name]
            endpoint["metadata"] |= changes.pop("metadata", {})
            if "disabled" in changes:
                endpoint["status"] = "disabled" if changes.pop("disabled") else "enabled"
            endpoint |= changes
            return endpoint
        wanted: Any = decode(official.WebhookEndpointCreateParams, pairs(body), TAKEN)
        made = self.add(wanted["url"], **{key: wanted[key] for key in wanted if key != "url"})
        return self.endpoints[made] | {"secret": self.secrets[made]}
