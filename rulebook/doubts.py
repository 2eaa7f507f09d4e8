"""What a sound rulebook says that its authors may not have meant: nothing is refused for it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from rulebook.model import Rulebook
from rulebook.vocabulary import normalised


class Doubt(NamedTuple):
    """A place in the book (`matters`, 12, `wording`), and what may not be meant there."""

    place: tuple[str | int, ...]
    says: str


def doubts(book: Rulebook) -> Iterator[Doubt]:
    """One wording in two matters: the classifier proposes the one that stands first in the catalogue."""
    having: defaultdict[str, list[int]] = defaultdict(list)
    for number, matter in enumerate(book.matters):
        for wording in dict.fromkeys(map(normalised, (matter.name.zh, *matter.wording))):
            having[wording].append(number)
    for wording, (first, *others) in having.items():
        for number in others:
            yield Doubt(
                ("matters", number, "wording"),
                f"{wording!r} stands in the matter {book.matters[first].id} too, which is proposed for it; "
                f"{book.matters[number].id} never is",
            )
