"""How much of a request's body is read: nothing until a function asks for it, and never more than it may have.

functions-framework reads a trigger's whole event before it calls the trigger, and what a function left of any other
request before it answers, both without a limit. ``limited`` stands between it and the web server, so that whatever is
read is read here. A connection whose body was not read to its end is closed after the answer: nobody knows where the
next request on it would begin, and looking for it would read the body after all.
"""

from collections.abc import Callable, Iterable
from typing import Any

from shared.errors import Malformed, TooLarge

EVENT_BYTES = 512 * 1024
"""Eventarc delivers no larger event: https://docs.cloud.google.com/eventarc/quotas"""

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
"""A WSGI application."""


class RequestBody:
    """The body of one request, as ``wsgi.input``: ``take`` reads it; ``read`` is what frameworks do without asking."""

    def __init__(self, environ: dict[str, Any], unasked_bytes: int) -> None:
        self._source: Any = environ["wsgi.input"]
        self._length = environ.get("CONTENT_LENGTH") or None
        self._unasked_bytes = unasked_bytes
        # Without a length, a body is there only if the web server sees its end by itself, as of a chunked one.
        is_chunked = "wsgi.input_terminated" in environ and "HTTP_TRANSFER_ENCODING" in environ
        self.is_at_end = self._length == "0" or (self._length is None and not is_chunked)
        """Whether nothing is left of it: the next request on the connection can follow."""
        self._is_closed = self.is_at_end

    def take(self, most_bytes: int) -> bytes:
        """The whole body. It can be taken once; a body that is refused is not read, or no further.

        Raises:
            TooLarge: it has more than ``most_bytes``; of one that tells its length, nothing was read.
            Malformed: it ended early, its length is no number, or a chunk is broken.
        """
        if self._is_closed:
            return b""
        self._is_closed = True
        length = _parsed(self._length) if self._length is not None else None
        if length is not None and length > most_bytes:
            raise _too_large(most_bytes)
        body = self._read(most_bytes + 1 if length is None else length)
        if len(body) > most_bytes:
            raise _too_large(most_bytes)
        if length is not None and len(body) < length:
            raise Malformed("The body ended early.")
        self.is_at_end = True
        return body

    def read(self, _size: int = -1) -> bytes:
        """The body of a trigger's event, which the framework reads; nothing of any other."""
        return self.take(self._unasked_bytes) if self._unasked_bytes else b""

    def _read(self, size: int) -> bytes:
        body = bytearray()
        try:
            while len(body) < size and (more := self._source.read(size - len(body))):
                body += more
        except Exception:  # noqa: BLE001 - each web server has its own errors for a broken chunk or connection
            raise Malformed("The body is broken, or ended early.") from None
        return bytes(body)


def limited(application: Application, unasked_bytes: int) -> Application:
    """The application, with every body behind a ``RequestBody``."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"] = RequestBody(environ, unasked_bytes)
        environ["wsgi.input_terminated"] = True  # so nobody counts what is read against Content-Length

        def start(*answered: Any) -> Any:
            # gunicorn takes no Connection header from an application; its response has a method for it.
            response: Any = getattr(start_response, "__self__", None)
            if not body.is_at_end and hasattr(response, "force_close"):
                response.force_close()
            return start_response(*answered)

        return application(environ, start)

    return answer


def _parsed(length: str) -> int:
    if not (length.isascii() and length.isdecimal() and len(length) <= 18):
        raise Malformed("The Content-Length is not the length of a body.")
    return int(length)


def _too_large(most_bytes: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most_bytes} bytes.")
