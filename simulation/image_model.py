"""An image model that decides from the seed what becomes of each picture: made, refused, not an image, or late."""

import functools
import io
import random
from collections import Counter
from typing import Literal

from PIL import Image

from shared.art import pictures
from shared.art.prompts import Brief
from shared.errors import ImageFailed, ImageUnavailable

Fate = Literal["made", "refused", "junk", "late", "never"]

FAIL_WORD = "fail-me"
SIDE = 64
_LATE_ATTEMPTS = 2
_FATES: tuple[tuple[Fate, float], ...] = (
    ("made", 0.72),
    ("refused", 0.1),
    ("junk", 0.05),
    ("late", 0.08),
    ("never", 0.05),
)


class ImageModel:
    """Stands in for ``shared.art.images.generate``."""

    def __init__(self, seed: str) -> None:
        self.is_reliable = False
        """Whether it makes every picture whose text does not hold the fail word."""
        self._seed = seed
        self._asked: Counter[str] = Counter()

    def fate(self, picture: str, text: str = "") -> Fate:
        """Returns the fate of the picture ``<generation>/<index>``; ``text`` with the fail word is refused."""
        if FAIL_WORD in text:
            return "refused"
        if self.is_reliable:
            return "made"
        draw = random.Random(f"{self._seed}/{picture}").random()
        for fate, share in _FATES:
            draw -= share
            if draw < 0:
                return fate
        return "made"

    def generate(self, brief: Brief) -> pictures.Picture:
        """Returns a picture.

        Raises:
            ImageFailed, ImageUnavailable: the picture's fate is that.
        """
        self._asked[brief.seed] += 1
        match self.fate(brief.seed, brief.theme if brief.area is None else brief.area):
            case "refused":
                raise ImageFailed("the image model refused this")
            case "junk":
                return pictures.check(b"<html>busy</html>")
            case "never":
                raise ImageUnavailable("no answer")
            case "late" if self._asked[brief.seed] <= _LATE_ATTEMPTS:
                raise ImageUnavailable("no answer")
        return _picture()


@functools.cache
def _picture() -> pictures.Picture:
    out = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), "#8899aa").save(out, "PNG")
    return pictures.check(out.getvalue())
