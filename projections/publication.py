"""What may be published: what was asked and what was done. Small counts are suppressed: nobody is recognised."""

from collections import Counter
from collections.abc import Iterator

from projections.suppression import suppressed
from projections.tables import NONE, Asked, Cell, Table, Told, category_of, listed

SMALLEST = 5
"""The smallest published count, where the rulebook sets none."""


def publication(told: Told, asked: Asked) -> Iterator[Table]:
    """The tables for everybody: what was asked and what was done, small counts suppressed."""
    smallest = asked.rules.rhythm.smallest_published if asked.rules.rhythm else SMALLEST
    came = [life for life in told.lives if asked.within(life.received_at)]
    answers = [(life, answer) for life in told.lives for answer in life.answered if asked.within(answer.at)]
    said = [said.word for life in told.lives for said in life.said if asked.within(said.at)]
    categories = Counter(category_of(life) for life in came)
    shown = suppressed(categories, smallest)
    yield listed("asked", shown)
    matters: dict[str, Cell] = {}
    for category in sorted(categories):
        within = Counter(life.state.matter or NONE for life in came if category_of(life) == category)
        whole = isinstance(shown[category], int)
        cells = suppressed(within, smallest) if whole else dict.fromkeys(within, f"<{smallest}")
        matters |= {f"{category}/{matter}": count for matter, count in cells.items()}
    yield listed("asked_matters", matters)
    yield listed("answered", suppressed(Counter(category_of(life) for life, _ in answers), smallest))
    yield listed("done", suppressed(Counter(answer.outcome for _, answer in answers), smallest))
    yield listed("levels", suppressed(Counter(answer.tier or NONE for _, answer in answers), smallest))
    yield listed("in_time", suppressed(Counter("yes" if answer.on_time else "no" for _, answer in answers), smallest))
    yield listed("residents_say", suppressed(Counter(said), smallest))
