"""The classifier: a proposal with reasons, by weighted words of the rulebook; no learning.

The reasons name words of the rulebook only, never a part of the petition: they may be logged, and shown to anyone who
may see the category.
"""

from collections import Counter
from math import exp, floor, sqrt
from typing import NamedTuple, Protocol

from rulebook.catalogue import PUBLIC_SERVICE, Matter
from rulebook.model import Rulebook
from rulebook.proposal import Proposal
from rulebook.vocabulary import Vocabulary, Word, normalised

# A title says what the petition is about; a text also tells the story around it.
TITLE_FACTOR = 2.0
SHOWN_WORDS = 8


class Classifier(Protocol):
    """Anything that proposes where a petition belongs. It never raises for a text, however strange."""

    def classify(self, title: str, text: str) -> Proposal: ...


class Evidence(NamedTuple):
    """The words found, with their factor (title or text), and the points of each category and matter."""

    words: list[tuple[Word, float]]
    categories: dict[str, float]
    matters: dict[str, float]


class TermClassifier:
    """The rulebook's own classifier: terms and wordings found, weighed, compared."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._vocabulary = Vocabulary(book)
        self._order = {matter.id: n for n, matter in enumerate(book.matters)}
        self._tiers = {category.id: _usual_tier(book, category.id) for category in book.categories}

    def classify(self, title: str, text: str) -> Proposal:
        """The best proposal for a petition. Pure: the same words and rulebook give the same proposal."""
        title, text = normalised(title), normalised(text)
        evidence = self._weigh(title, text)
        category = max(evidence.categories, key=evidence.categories.__getitem__, default=PUBLIC_SERVICE)
        confidence = _confidence(evidence.categories, len(self._book.categories))
        matter = self._matter(category, evidence)
        reasons = self._found(evidence, matter)
        doubts = self._doubts(category, confidence, len(title) + len(text))
        return Proposal(
            category=category,
            tier=matter.tier if matter else self._tiers[category],
            matter=matter.id if matter else None,
            confidence=confidence,
            needs_human=bool(doubts),
            reasons=(*reasons, *doubts),
        )

    def _weigh(self, title: str, text: str) -> Evidence:
        in_title = self._vocabulary.find(title)
        found = {key: (word, 1.0) for key, word in self._vocabulary.find(text).items()}
        found |= {key: (word, TITLE_FACTOR) for key, word in in_title.items()}
        categories: dict[str, float] = {}
        matters: dict[str, float] = {}
        for word, factor in found.values():
            for category, weight in word.weights.items():
                categories[category] = categories.get(category, 0.0) + weight * factor
            for matter in word.matters:
                matters[matter] = matters.get(matter, 0.0) + factor * len(word.text)
        return Evidence(list(found.values()), categories, matters)

    def _matter(self, category: str, evidence: Evidence) -> Matter | None:
        """The matter of `category` whose wording was met most; the catalogue's first of equals."""
        mine = [name for name in evidence.matters if self._book.matter(name).category == category]
        best = max(mine, key=lambda name: (evidence.matters[name], -self._order[name]), default=None)
        return self._book.matter(best) if best else None

    def _found(self, evidence: Evidence, matter: Matter | None) -> list[str]:
        if not evidence.words:
            return ["没有命中规则库中的词语"]
        reasons = []
        for name, points in sorted(evidence.categories.items(), key=lambda item: -item[1])[:2]:
            mine = [(word.text, word.weights[name] * factor) for word, factor in evidence.words if name in word.weights]
            shown = "、".join(text for text, _ in sorted(mine, key=lambda item: -item[1])[:SHOWN_WORDS])
            more = f"等{len(mine)}个" if len(mine) > SHOWN_WORDS else ""
            reasons.append(f"命中词语：{shown}{more}（{self._book.category(name).name.zh} {points:.1f}）")
        if matter:
            reasons.append(f"对应事项：{matter.name.zh}")
        return reasons

    def _doubts(self, category: str, confidence: float, chars: int) -> list[str]:
        rules, kind = self._book.triage, self._book.category(category)
        doubts = []
        if chars < rules.short_text_chars:
            doubts.append(f"文字太短（{chars} 字），须人工确认")
        if kind.person_confirms:
            doubts.append(f"{kind.name.zh}须人工确认")
        if confidence < rules.confidence_line:
            doubts.append(f"把握不足 {confidence:.2f} < {rules.confidence_line:.2f}")
        return doubts


def _usual_tier(book: Rulebook, category: str) -> str:
    """The tier of most matters of a category, the lowest of equals: where to begin without a matter."""
    counts = Counter(matter.tier for matter in book.matters if matter.category == category)
    return max((tier.id for tier in book.tiers), key=lambda tier: counts[tier])


def _confidence(points: dict[str, float], categories: int) -> float:
    """The best category's share, points read as log-odds: about the share of such proposals that are right.

    In a long story the words repeat one another, so points count for less the more there are of them
    (1 + √sum/2, chosen by log loss on labelled messages). Rounded down to hundredths; 0 without any evidence.
    """
    if not points:
        return 0.0
    best, scale = max(points.values()), 1 + sqrt(sum(points.values())) / 2
    without = (categories - len(points)) * exp(-best / scale)
    return floor(100 / (without + sum(exp((n - best) / scale) for n in points.values()))) / 100
