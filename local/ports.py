"""Ports on 127.0.0.1: finding a free one, and saying clearly when a wanted one is taken."""

import socket

HOST = "127.0.0.1"


class PortTaken(Exception):
    """Something else listens on the port; the message says what to do."""


def free_port() -> int:
    """A port that nothing listened on a moment ago. Another process may still be faster to take it."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int, what: str, variable: str) -> None:
    """Checks that ``what`` can listen on ``port``, which the environment variable ``variable`` chooses.

    Raises:
        PortTaken: it cannot.
    """
    with socket.socket() as probe:
        # A port whose last connections linger in TIME_WAIT can be listened on, so it counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTaken(f"Port {port} ({what}) is taken: stop what listens there or set {variable}.") from error
