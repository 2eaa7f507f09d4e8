"""The running clocks of a petition, compared with what its events say of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from evidence.verifier.book import Book
from evidence.verifier.clock import Clock, Effort
from evidence.verifier.dossier import Event
from evidence.verifier.limits import CLOCKS_APART, Said, Wrong
from evidence.verifier.strict_json import instant
from evidence.verifier.words import CLOCKS, done

NO_CLOCK = frozenset(
    [
        "resident_joined",
        "code_given",
        "confidentiality_set",
        "urgency_set",
        "returned",
        "assist_asked",
        "assist_ended",
        "proxy_taken",
        "proxy_carried",
        "proxy_result_brought",
        "mediation_opened",
        "mediation_ended",
        "referred",
        "referral_decided",
        "supervised",
        "leader_reminded",
        "follow_up_asked",
        "confirmed",
        "disputed",
        "sealed_fields_read",
    ]
)
"""Topics of a petition that do not change any clock."""
MAY_BE_SET_ASIDE = frozenset(
    [
        "petition.reminded",
        "petition.escalated",
        "petition.clock_warned",
        "petition.clock_breached",
        "petition.leader_reminded",
    ]
)
"""Steps the engine takes at a time: by a wrong clock it may take them too early."""
TELLS_OF_A_CLOCK = frozenset({"reminded", "clock_warned"})
"""Topics that name a clock without changing it."""


class Running:
    """The clocks of a petition, and what events do to them: set, stop, move."""

    def __init__(self) -> None:
        self.clocks: dict[str, Clock] = {}
        self.given: list[Clock] = []
        self.tier = ""
        self.with_leader = False
        self.effort = Effort()
        self.entered: dict[tuple[str, datetime], datetime] = {}

    def _set(self, event: Event, book: Book, given: list[Any], *, only: bool = False) -> None:
        """Set clocks; one with the same start and rule keeps its history. `only`: drop all others but the tier's."""
        names = {name for name, *_ in given} | {"tier"}
        for name, clock in self.clocks.items():
            if only and name not in names:
                clock.dropped = True
                clock.end("superseded", event)
        for name, budget, start, postings in given:
            before = self.clocks.get(name)
            if before is not None and (before.start, before.budget.rule) == (start, budget.rule):
                if before.dropped and before.ended == "superseded":
                    before.ended = before.ended_by = None  # corrected back: it runs on from its own start
                before.dropped, before.budget = False, budget
                before.again(book, event)
                continue
            clock = Clock(name, self.tier if name == "tier" else None, budget, start, event, book)
            clock.postings, clock.effort, clock.entered = list(postings or []), self.effort, self.entered
            if before is not None:
                if postings is None:  # corrected, not restarted: time used stays used, and what was met stays met
                    clock.extra, clock.pauses, clock.postings = before.extra, list(before.pauses), list(before.postings)
                    clock.stopped, clock.breached, clock.paused_at = before.stopped, before.breached, before.paused_at
                    clock.ended, clock.ended_by, clock.met_later = before.ended, before.ended_by, before.met_later
                    clock.stands = before.stands
                before.end("superseded", event)
            clock.again(book, event)
            self.clocks[name] = clock
            self.given.append(clock)

    def _stop(self, event: Event, names: Iterable[str], how: str = "met") -> None:
        for name in names:
            clock = self.clocks.get(name)
            if clock is None or clock.stopped or (name == "tier" and self.with_leader):
                continue
            clock.stopped, clock.paused_at = True, None
            if clock.ended == "breached" and how == "met":
                clock.met_later = clock.met_later or event
            clock.end(how, event)

    def _moved(self, event: Event, book: Book, clocks: list[Clock], *, also_unmoved: bool = False) -> None:
        """Compute these clocks again, and compare with what the event says was moved."""
        said = event.body["moved"]
        told = [] if said is None else said if isinstance(said, list) else [said]
        names = [each["clock"]["name"] for each in told]
        before = {clock.name: clock.due for clock in clocks}
        for clock in clocks:
            clock.again(book, event)
            if clock.name not in names and clock.due != before[clock.name]:
                raise differs(event, clock.name, "due_at", before[clock.name].isoformat(), clock.due.isoformat())
        for each in told:
            name = each["clock"]["name"]
            if name not in before or instant(each["was_due_at"]) != before[name]:
                raise differs(event, name, "was_due_at", str(each["was_due_at"]), str(before.get(name)))
        if not also_unmoved and len(set(names)) != len(names):
            raise differs(event, names[0], "moved", "twice", "once")
        self._agrees(event, [each["clock"] for each in told])

    def _can_be_over(self, clock: Clock) -> bool:
        leads = clock.name == "tier" and self.with_leader
        return clock.ended is None and clock.owed and clock.over is None and not leads

    def _already_over(self, clock: Clock, end: datetime, event: Event) -> None:
        """An end that is over is not moved to a later one, by whatever came into force or was entered since."""
        rested = clock.merged is not None and clock.merged.judged <= end
        if clock.ended is None and event.judged > end and clock.due > end and not rested:
            clock.over = (end, event)

    def _dated_back(self, what: str, event: Event, book: Book) -> None:
        """Note what was entered later than the tolerance after it began: it counts from when it was entered.

        Raises:
            Wrong: the rulebook says how late it may be entered, and it was later: no program of the office writes it.
        """
        late = event.recorded - event.at
        if what == "pause" and book.entered_within is not None and late > book.late_act + CLOCKS_APART:
            most = book.entered_within
            raise self._against(event, f"倒签超过 {most} 分钟", f"dated back by more than the {most} minutes it allows")
        if late > book.late_act:
            place = (what, event.at)
            self.entered[place] = max(event.recorded, self.entered.get(place, event.recorded))

    def _against(self, event: Event, zh: str, en: str) -> Wrong:
        what = f"Event {event.version} ({event.topic}) is against the rulebook: {en}."
        return Wrong(f"第 {event.version} 条事件（{done(event).zh}）与规则不符：{zh}。", what)

    def _agrees(self, event: Event, told: list[Any]) -> None:
        """Compare what an event says of clocks with what was computed.

        Raises:
            Wrong: they differ.
        """
        for each in told:
            name = str(each["name"])
            clock = self.clocks.get(name)
            if clock is None or clock.dropped:
                raise differs(event, name, "name", name, "no such clock")
            counted = {
                "rule": clock.budget.rule,
                "kind": clock.budget.kind,
                "days": clock.budget.days,
                "counting": clock.budget.counting,
                "pausable": clock.budget.pausable,
                "extra_days": clock.extra,
                "provisional": clock.counted.provisional,
            }
            for member, value in counted.items():
                if each[member] != value:
                    raise differs(event, name, member, str(each[member]), str(value))
            times = {"started_at": clock.start, "due_at": clock.due}
            for member, moment in times.items():
                if instant(each[member]) != moment:
                    raise differs(event, name, member, str(each[member]), moment.isoformat())
            pauses = [(instant(pause["since"]), instant(pause["until"]), pause["why"]) for pause in each["pauses"]]
            postings = [(instant(posting["since"]), posting["roster"]) for posting in each["postings"]]
            if (pauses, postings) != (clock.pauses, clock.postings):
                raise differs(event, name, "pauses, postings", str(len(pauses)), str(len(clock.pauses)))
        owed = {name for name, clock in self.clocks.items() if not clock.dropped}
        if event.topic in ("petition.received", "petition.triaged", "petition.reclassified"):
            missing = owed - {str(each["name"]) for each in told}
            if missing:
                raise differs(event, min(missing), "name", "nothing", "a clock of the rulebook")

    def _same(self, event: Event, member: str, said: Any, counted: Any) -> None:
        if said != counted:
            raise differs(event, "tier", member, str(said), str(counted))


def differs(event: Event, clock: str, member: str, said: str, counted: str) -> Wrong:
    """The error for an event that says something else of a clock than was computed."""
    name = CLOCKS.get(clock, Said(clock, clock))
    return Wrong(
        f"第 {event.version} 条事件：{name.zh}时限所记与重新计算不符（{member}：记为 {said}，应为 {counted}）。",
        f"Event {event.version} ({event.topic}) says {member} of the {name.en} clock is {said}; "
        f"by the rules, the calendar and what went before it is {counted}.",
    )
