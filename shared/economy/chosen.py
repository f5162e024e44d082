"""The economy that the functions run under.

``economies/<id>.toml`` holds the numbers; nothing else in the code does. ``ECONOMY`` picks one when the functions
are deployed, and a file that makes no sense stops the start with a sentence that names the field.
"""

import functools
import tomllib
from pathlib import Path

from pydantic import ValidationError

from shared import cold_start
from shared.config import ECONOMIES, ConfigurationError, settings
from shared.economy.model import Economy


def load(path: Path) -> Economy:
    """The economy in the file at ``path``.

    Raises:
        ConfigurationError: the file is not TOML, or holds nonsense.
    """
    try:
        economy = Economy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"economies/{path.name} is not TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        sentence = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(": ".join(filter(None, (f"economies/{path.name}", where, sentence))) + ".") from None
    if economy.id != path.stem:
        raise ConfigurationError(f"economies/{path.name} says id = {economy.id!r}: the id must be the file's name.")
    return economy


@functools.cache
def economy() -> Economy:
    """The economy that ECONOMY names."""
    return load(ECONOMIES / f"{settings().economy}.toml")


cold_start.prepare(economy)
