"""The name of a letter, by the topic of the event it reports. Its text is the template's, which a town may change."""

from collections.abc import Mapping

from aggregates.petition.events import EVENTS
from projections.sentences import Sentence

LETTERS: Mapping[str, Sentence] = {
    kind.TOPIC: Sentence(*kind.TOLD.letter) for kind in EVENTS if kind.TOLD.letter is not None
}
"""By topic, as each event's class says it."""


def letter(topic: str) -> Sentence:
    """The name of a letter that reports an event; the topic itself where it has none."""
    return LETTERS.get(topic, Sentence(topic, topic))
