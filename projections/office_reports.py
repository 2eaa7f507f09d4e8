"""The reports of the office: morning digest, situation report, scorecards, feedback, yearly review."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter

from projections.lives import Life
from projections.scorecard import MEASURES, Scorecard, cards_of
from projections.settlement import levels_of
from projections.tables import NONE, Asked, Cell, Table, Told, category_of, counted, tier_of

LISTED = 50
"""The most petitions a digest names for each unit; counts include all."""


def digest(told: Told, asked: Asked) -> Iterator[Table]:
    """Each unit's open petitions: due today, overdue, new since the last opening; counts, and which."""
    rules, moment = asked.rules, asked.moment
    since = _opening_before(asked)
    counts: dict[str, Counter[str]] = {unit.id: Counter() for unit in rules.units}
    named: dict[str, list[tuple[Cell, ...]]] = {}
    for life in told.lives:
        unit, due = life.state.unit, life.state.due_at
        came = life.posted[-1].at if life.posted else life.received_at
        if not life.state.open or unit is None or came is None:
            continue
        about = ["open"]
        if due is not None and due < moment:
            about.append("overdue")
        elif due is not None and due.astimezone(rules.zone).date() == moment.astimezone(rules.zone).date():
            about.append("due_today")
        if since < came <= moment:
            about.append("new")
        counts.setdefault(unit, Counter()).update(about)
        if len(about) > 1:
            row = (unit, life.state.id, " ".join(about[1:]), due.isoformat() if due else None)
            named.setdefault(unit, []).append(row)
    columns = ("open", "due_today", "overdue", "new")
    yield counted("units", columns, {unit: words for unit, words in counts.items() if words})
    by_due = [sorted(rows, key=lambda row: (str(row[3]), str(row[1])))[:LISTED] for _, rows in sorted(named.items())]
    yield Table("petitions", ("unit", "petition", "why", "due_at"), tuple(row for rows in by_due for row in rows))


def situation(told: Told, asked: Asked) -> Iterator[Table]:
    """For the district: asked, answered, risen in the period, and still open; by category and by tier; levels."""
    for name, of in (("categories", category_of), ("tiers", tier_of)):
        yield counted(name, ("asked", "answered", "on_time", "risen", "open"), _moves(told, asked, of))
    yield levels(told, asked)


def levels(told: Told, asked: Asked) -> Table:
    """At which level (grid or tier) the answers of the period were settled, and with which outcome."""
    rules = asked.rules
    leads = rules.grid_leads
    facts = sorted(told.facts, key=attrgetter("petition", "position", "stay", "fact"))
    found = levels_of(facts, asked.period, tiers=[tier.id for tier in rules.tiers], leads=leads)
    words = ("settled", "resolved", "explained", "refused")
    return Table(
        "levels", ("levels", *words), tuple((each.level, *(getattr(each, word) for word in words)) for each in found)
    )


def scorecard(told: Told, asked: Asked) -> Iterator[Table]:
    """The units' scorecards: for each measure kept, of how many, open; and the excluded ones by reason."""
    period = asked.period
    facts = [fact for fact in told.facts if period.starts <= fact.began_at < period.ends]
    cards = cards_of(sorted(facts, key=attrgetter("petition", "stay", "position", "fact")), asked.moment)
    columns = tuple(f"{measure}_{part}" for measure in MEASURES for part in ("kept", "of", "open"))
    yield Table(
        "units",
        ("units", "received", "answered", *columns),
        tuple((card.unit or NONE, card.received, card.answered, *_rates(card)) for card in cards),
    )
    reasons = [
        (card.unit or NONE, measure, reason, count)
        for card in cards
        for measure in MEASURES
        for reason, count in sorted(card.rates[measure].excluded.items())
    ]
    yield Table("excluded", ("unit", "measure", "reason", "count"), tuple(reasons))


def _rates(card: Scorecard) -> Iterator[int]:
    for measure in MEASURES:
        rate = card.rates[measure]
        yield from (rate.numerator, rate.denominator, rate.open)


def feedback(told: Told, asked: Asked) -> Iterator[Table]:
    """Residents' reactions to replies, by category and by tier."""
    words = ("satisfied", "settled", "unsatisfied", "disputed", "silent")
    by_category: dict[str, Counter[str]] = {}
    by_tier: dict[str, Counter[str]] = {}
    for life in told.lives:
        for said in life.said:
            if asked.within(said.at):
                by_category.setdefault(category_of(life), Counter()).update([said.word])
                by_tier.setdefault(said.tier or NONE, Counter()).update([said.word])
    yield counted("categories", words, by_category)
    yield counted("tiers", words, by_tier)


def review(told: Told, asked: Asked) -> Iterator[Table]:
    """The year month by month, and the tables of the other reports."""
    months: dict[str, Counter[str]] = {}

    def add(word: str, at: datetime | None) -> None:
        if at is not None and asked.within(at):
            months.setdefault(f"{at.astimezone(asked.rules.zone):%Y-%m}", Counter()).update([word])

    for life in told.lives:
        add("asked", life.received_at)
        add("ended", life.ended_at)
        for risen in life.risen:
            add("risen", risen.at)
        for answer in life.answered:
            add("answered", answer.at)
            if answer.on_time:
                add("on_time", answer.at)
    yield counted("months", ("asked", "answered", "on_time", "risen", "ended"), months)
    yield from situation(told, asked)
    yield from scorecard(told, asked)
    yield from (table._replace(name=f"feedback_{table.name}") for table in feedback(told, asked))


def _moves(told: Told, asked: Asked, of: Callable[[Life], str]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for life in told.lives:
        words = ["asked"] * asked.within(life.received_at)
        words += ["answered" for answer in life.answered if asked.within(answer.at)]
        words += ["on_time" for answer in life.answered if asked.within(answer.at) and answer.on_time]
        words += ["risen" for risen in life.risen if asked.within(risen.at)]
        words += ["open"] * life.state.open
        if words:
            counts.setdefault(of(life), Counter()).update(words)
    return counts


def _opening_before(asked: Asked) -> datetime:
    """The last opening of the office before the day of the report."""
    day = asked.moment.astimezone(asked.rules.zone).date() - timedelta(days=1)
    while not asked.rules.calendar.day(day).working:
        day -= timedelta(days=1)
    return datetime.combine(day, asked.rules.office_hours.opens, asked.rules.zone)
