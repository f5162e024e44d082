"""What the gallery of ``make show`` holds: four people, their pictures, and who likes and tips whom."""

from dataclasses import dataclass

ADA, BEN, NOOR, MIKA = "ada", "ben", "noor", "mika"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; the e-mail address is made from ``id``."""

    id: str
    name: str
    bio: str

    @property
    def email(self) -> str:
        return f"{self.id}@example.com"


@dataclass(frozen=True, slots=True)
class Picture:
    """A post of ``author``: what is asked for, what stands under it, and the people who like it."""

    author: str
    caption: str
    prompt: str
    liked_by: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tip:
    """``tokens`` for the author of the picture with the caption."""

    sender: str
    caption: str
    tokens: int


PEOPLE = (
    Person(ADA, "Ada Okafor", "Weather, water and what light does to both."),
    Person(BEN, "Ben Lindqvist", "Night walks. Long exposures of things that hardly move."),
    Person(NOOR, "Noor Haddad", "Roofs, gardens, and the hour before dinner."),
    Person(MIKA, "Mika Tanaka", "Small studies in paper, salt and snow."),
)

# The four take turns. A prompt's words decide its colors, and these fit the captions.
PICTURES = (
    Picture(ADA, "Harbor before rain", "Harbor before rain, painted in layers", (BEN, MIKA)),
    Picture(BEN, "After the concert", "After the concert, fine lines", (NOOR,)),
    Picture(NOOR, "The orchard in October", "The orchard in October, wide and calm", (ADA, BEN, MIKA)),
    Picture(MIKA, "Moth study", "Moth study, early light"),
    Picture(ADA, "Low orbit", "Low orbit, almost abstract", (NOOR, MIKA)),
    Picture(BEN, "Signal fire", "Signal fire, in soft light", (ADA,)),
    Picture(NOOR, "The glass greenhouse", "The glass greenhouse, half asleep", (BEN,), ("ferns", "palms", "the door")),
    Picture(MIKA, "Tin theater", "Tin theater, half asleep", (ADA, NOOR)),
    Picture(ADA, "Slow river", "Slow river, slow and warm", (BEN,)),
    Picture(BEN, "Long exposure", "Long exposure, slow and warm", (ADA, NOOR, MIKA)),
    Picture(NOOR, "A room with one window", "A room with one window, from memory", (MIKA,)),
    Picture(MIKA, "Winter kitchen", "Winter kitchen, wide and calm", (BEN,)),
    Picture(ADA, "Copper tide", "Copper tide, with a little grain", (BEN, NOOR, MIKA)),
    Picture(BEN, "The quiet lift", "The quiet lift, in five colors"),
    Picture(NOOR, "Desert radio", "Desert radio, fine lines", (ADA, MIKA)),
    Picture(MIKA, "Salt flats", "Salt flats, half asleep", (ADA,)),
    Picture(ADA, "Three views of a storm", "A storm over the sea", (NOOR, MIKA), ("sky", "sea", "far shore")),
    Picture(BEN, "Blue hour", "Blue hour, fine lines", (MIKA,)),
    Picture(NOOR, "Marigold", "Marigold, half asleep", (ADA, BEN)),
    Picture(MIKA, "First snow, Kiruna", "First snow, Kiruna, half asleep", (ADA, BEN, NOOR)),
    Picture(ADA, "Kelp forest", "Kelp forest, wide and calm", (MIKA,)),
    Picture(BEN, "Nocturne for two kites", "Nocturne for two kites, with a little grain", (ADA, NOOR)),
    Picture(NOOR, "Terracotta roofs", "Terracotta roofs", (BEN, MIKA)),
    Picture(MIKA, "Paper lanterns", "Paper lanterns, in five colors", (ADA, BEN)),
)

TIPS = (
    Tip(BEN, "Copper tide", 10),
    Tip(NOOR, "Harbor before rain", 5),
    Tip(ADA, "First snow, Kiruna", 10),
    Tip(MIKA, "Long exposure", 5),
    Tip(ADA, "The orchard in October", 5),
    Tip(MIKA, "Copper tide", 10),
)
