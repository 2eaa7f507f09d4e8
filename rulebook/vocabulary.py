"""Finding the rulebook's words in a text: longest first, each character used once, in one pass."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import add

from rulebook.model import Rulebook

# White space and characters without width: people and copied texts put them inside words.
UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+")
# What a matter's wording says for its category, when the category's own terms do not weigh it.
WORDING_WEIGHT = 1.5


@dataclass(slots=True)
class Word:
    """A word as the rulebook writes it, its weight for each category, the matters it is wording of."""

    text: str
    weights: dict[str, float] = field(default_factory=dict)
    matters: tuple[str, ...] = ()


class Vocabulary:
    """All terms and wordings of one rulebook, ready to be looked for."""

    def __init__(self, book: Rulebook) -> None:
        words = _words(book)
        starts: defaultdict[str, list[str]] = defaultdict(list)
        for key in sorted(words, key=len, reverse=True):
            starts[key[:2]].append(key)
        self._words = words
        self._single = {first: tuple(keys) for first, keys in starts.items() if len(first) == 1}
        # By the first two characters: the shortest that may begin there is a word of one.
        self._starts = {first: (*keys, *self._single.get(first[0], ())) for first, keys in starts.items()}

    def words(self) -> Iterable[Word]:
        """Every word of the vocabulary."""
        return self._words.values()

    def find(self, text: str) -> dict[str, Word]:
        """The different words in a `normalised` text; one inside a longer one found is not counted."""
        found: dict[str, Word] = {}
        starts, single, free = self._starts, self._single, 0
        pairs = enumerate(map(add, text, f"{text[1:]} "))
        met = [(n, keys) for n, pair in pairs if (keys := starts.get(pair) or (single and single.get(pair[0])))]
        for position, keys in met:
            if position >= free:
                for key in keys:
                    if text.startswith(key, position):
                        found[key] = self._words[key]
                        free = position + len(key)
                        break
        return found


def normalised(text: str) -> str:
    """Full-width forms, case and white space made equal (NFKC, case fold); simplified characters only."""
    return UNSEEN.sub("", unicodedata.normalize("NFKC", text).casefold())


def _words(book: Rulebook) -> Mapping[str, Word]:
    words: dict[str, Word] = {}
    for category, terms in book.terms.items():
        for term in terms:
            if key := normalised(term.term):
                words.setdefault(key, Word(term.term)).weights.setdefault(category, term.weight)
    terms_only = {key: dict(word.weights) for key, word in words.items()}
    for matter in book.matters:
        for wording in (matter.name.zh, *matter.wording):
            if not (key := normalised(wording)):
                continue
            word = words.setdefault(key, Word(wording))
            if matter.id not in word.matters:
                word.matters += (matter.id,)
            if not terms_only.get(key):
                # A wording hides the shorter terms inside it: it says at least what they say.
                inside = (terms_only[term].get(matter.category, 0) for term in terms_only if term in key)
                word.weights[matter.category] = max((WORDING_WEIGHT, *inside))
    return words
