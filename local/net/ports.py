"""Ports on 127.0.0.1: finds a free one, and says clearly when a wanted one is taken."""

import random
import socket

from local.net.process import StartError

HOST = "127.0.0.1"

# Below what Linux, macOS and Windows use for outgoing connections, one of which could take the port before we do.
_OUTSIDE_EPHEMERAL = (15_000, 32_000)
_TRIES = 200
_given_out: set[int] = set()


class PortTaken(StartError):
    """Another program listens on the port; the message says what to do."""


def free_port() -> int:
    """Returns a port that nothing listens on, and that the system gives to no outgoing connection meanwhile."""
    for _ in range(_TRIES):
        port = random.randrange(*_OUTSIDE_EPHEMERAL)  # noqa: S311 - not a secret
        if port in _given_out:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        _given_out.add(port)
        return port
    raise PortTaken("There is no free port between {} and {}.".format(*_OUTSIDE_EPHEMERAL))


def require_free(port: int, what: str, variable: str) -> None:
    """Checks that ``what`` can listen on ``port``, which the environment variable ``variable`` chooses.

    Raises:
        PortTaken: it cannot listen there.
    """
    with socket.socket() as probe:
        # A port whose last connections linger in TIME_WAIT can be listened on, so it counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} ({what}) is taken. Stop the program that listens there, or set {variable}."
            ) from error
