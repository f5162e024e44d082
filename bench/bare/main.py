"""The least that functions-framework can serve: what every other start is compared with."""

import flask


def bare(_request: flask.Request) -> str:
    return "ok"
