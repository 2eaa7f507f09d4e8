"""The Chinese words of `rulebook.words`, for pages and the shell, with the code's own word where both are shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rulebook import words
from rulebook.words import chinese

STAGES = chinese(words.STAGES)
STEPS = chinese(words.STEPS)
OWES = chinese(words.OWES)
ACTS_ON_ORDERS = chinese(words.ACTS_ON_ORDERS)
OUTCOMES = chinese(words.OUTCOMES)
URGENT = chinese(words.URGENT)
CAUSES = chinese(words.CAUSES)
CHANNELS = chinese(words.CHANNELS)
BODIES = chinese(words.BODIES)
PARTIES = chinese(words.PARTIES)
PAPERS = chinese(words.PAPERS)
ROLES = chinese(words.ROLES)
PARTS = chinese(words.PARTS)
AUDIENCES = chinese(words.AUDIENCES)
DELIVERIES = chinese(words.DELIVERIES)
ERASURE_REASONS = chinese(words.ERASURE_REASONS)
ERASURE_STAGES = chinese(words.ERASURE_STAGES)
CLOCKS = chinese(words.CLOCKS)
CLOCKS_EN = {name: word.en for name, word in words.CLOCKS.items()}
ORDER_KINDS = chinese(words.ORDER_KINDS)
ORDER_CHARGES = chinese(words.ORDER_CHARGES)
ORDER_STAGES = chinese(words.ORDER_STAGES)
ORDER_STEPS = chinese(words.ORDER_STEPS)
ERASURE_WAITS = {who: f"{word.zh} {word.en}" for who, word in words.ERASURE_WAITS.items()}
"""Who must act next, and by which command."""
REVIEWS = {level: f"{word.zh} {word.en}" for level, word in words.REVIEWS.items()}


def both(words: Mapping[Any, str], word: str | None) -> str:
    """A word in Chinese and as in code."""
    return "—" if word is None else f"{words.get(word, '')} {word}".strip()


def shown(moment: datetime | None, zone: ZoneInfo) -> str:
    """An instant to the minute, in the office's zone; `—` for None."""
    return "—" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
