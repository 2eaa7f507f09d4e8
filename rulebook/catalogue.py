"""What residents ask for: the four categories, the catalogue's matters, and the words people use."""

from typing import Annotated

from pydantic import Field

from rulebook.source import Id, Name, Record, Text

ADMINISTRATIVE, PUBLIC_SERVICE, LEGAL, STABILITY = "administrative", "public_service", "legal", "stability"
CATEGORIES = (ADMINISTRATIVE, PUBLIC_SERVICE, LEGAL, STABILITY)


class Category(Record):
    """A kind of request; `desks` names the unit that receives it at each tier."""

    id: Id
    name: Name
    person_confirms: bool = False
    desks: dict[str, Id]


class Matter(Record):
    """An entry of the catalogue: `papers` the resident brings, `wording` residents use for it."""

    id: Id
    name: Name
    category: Id
    tier: Id
    desk: Id
    papers: tuple[Text, ...] = ()
    wording: tuple[Text, ...] = ()


class Term(Record):
    """A word residents use, and how strongly it speaks for its category (about 0.5 hint … 4 proof)."""

    term: Text
    weight: Annotated[float, Field(gt=0, le=20)]
