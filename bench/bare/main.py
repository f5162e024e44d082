"""The smallest function that functions-framework can serve; every other start is compared with it."""

import flask


def bare(_request: flask.Request) -> str:
    return "ok"
