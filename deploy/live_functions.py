"""Functions of another app that have names of ours."""

from typing import Any


def foreign(functions: list[dict[str, Any]], names: list[str]) -> list[str]:
    """Those of the names that a function has which does not carry our label ``guilder``."""
    found = {function["name"].rpartition("/")[2]: function.get("labels", {}) for function in functions}
    return sorted(name for name in names if name in found and "guilder" not in found[name])
