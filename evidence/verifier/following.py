"""A petition followed event by event: what the rulebook allows, and what became of each clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evidence.verifier.book import Book
from evidence.verifier.clock import Clock, Extension, Wait
from evidence.verifier.dossier import Event
from evidence.verifier.limits import CLOCKS_APART, ID, Said, Wrong
from evidence.verifier.running import MAY_BE_SET_ASIDE, NO_CLOCK, TELLS_OF_A_CLOCK, Running, differs
from evidence.verifier.strict_json import instant


class Case(Running):
    """A petition's clocks, computed from its events; what the events say of them is compared, never copied."""

    def __init__(self, books: dict[str, Book]) -> None:
        super().__init__()
        self.books = books
        self.remarks: list[Said] = []
        self.received: datetime | None = None
        self.channel = ""
        self.category: str | None = None
        self.waits_until: datetime | None = None
        self.asked: dict[str, tuple[Event, str, int]] = {}
        self.pauses = 0
        self.followed: list[Event] = []

    def follow(self, event: Event) -> None:
        """Apply one more event.

        Raises:
            Wrong: it contradicts the rules, the calendar or the events before it.
        """
        book = self.books[str(event.body["rulebook"])]
        if not ID.fullmatch(event.who[1]):
            what = f"Event {event.version}: {event.who[1]!r} is no id: expected a-z, 0-9 and hyphens."
            raise Wrong(f"第 {event.version} 条事件的办理人标识不合规范。", what)
        kind, _, name = event.topic.partition(".")
        if kind != "petition" or (name == "received") != (event.version == 1):
            what = f"Event {event.version}, {event.topic}, cannot stand there in a petition."
            raise Wrong(f"第 {event.version} 条事件不应出现在此处：{event.topic}。", what)
        does = getattr(self, "on_" + name, None)
        if does is not None:
            before = [(each, each.end_at(event.judged)) for each in self.clocks.values() if self._can_be_over(each)]
            does(event, event.body, book)
            for clock, end in before:
                self._already_over(clock, end, event)
        elif {"clock", "moved", "beside"} & set(event.body) and name not in TELLS_OF_A_CLOCK:
            what = f"Event {event.version}, {event.topic}, tells of a clock and is not known to this verify.py."
            raise Wrong(f"第 {event.version} 条事件类型未知，请用较新的 verify.py。", what)
        elif name not in TELLS_OF_A_CLOCK and name not in NO_CLOCK:
            self.remarks.append(Said(f"事件 {event.topic} 类型未知，与时限无关。", f"{event.topic} is not known here."))
        self.followed.append(event)

    # At the door.

    def on_received(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """The clock runs from the submission if it was entered within the rulebook's limit, else from the entry."""
        submitted = instant(body["submitted_at"]) if body["submitted_at"] else None
        late = submitted is not None and event.judged - submitted > book.late_entry
        if (body["counted_from"] == "submission" and submitted != event.at) or (
            body["counted_from"] == "entry" and submitted is not None and not late
        ):
            what = f"It counts from the {body['counted_from']}, which the rulebook does not allow."
            raise Wrong("时限起算点与规则不符。", what)
        self.received, self.channel, self.tier = event.at, str(body["channel"]), next(iter(book.tiers))
        self._same(event, "tier", body["tier"], self.tier)
        self._set(event, book, [("tier", book.tiers[self.tier], event.at, []), *self._beside(book)])
        self._agrees(event, [body["clock"], *body["beside"]])

    def on_classified(self, _: Event, body: dict[str, Any], _book: Book) -> None:
        """The classifier's proposal."""
        self.category = str(body["category"])

    def on_triaged(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Category and tier are confirmed or corrected: clocks run from where they began, time used stays used."""
        self.category, tier = str(body["category"]), str(body["tier"])
        running = self.clocks["tier"]
        given: list[Any] = self._beside(book)
        if tier != self.tier:
            given.insert(0, ("tier", book.tiers[tier], running.start, None))
        self.tier = tier
        self._set(event, book, given, only=True)
        self._agrees(event, [body["clock"], *body["beside"]])

    on_reclassified = on_triaged

    def _beside(self, book: Book) -> list[Any]:
        return [
            (name, budget, self.received, None)
            for name, budget, categories, channels in book.beside
            if self.channel not in channels and (not categories or self.category in categories)
        ]

    # Between units.

    def on_dispatched(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """The tier's clock now counts by the roster of this unit."""
        running, roster = self.clocks["tier"], book.rosters[str(body["unit"])]
        had = running.postings[-1][1] if running.postings else "working"
        if not self.with_leader and roster != had:
            running.postings.append((event.at, roster))
            self._moved(event, book, [running])
        else:
            self._moved(event, book, [])
        self._dated_back("posting", event, book)

    on_transferred = on_dispatched

    def on_accepted(self, event: Event, *_: Any) -> None:
        """A unit accepted: the statutory acceptance clock is met."""
        self._stop(event, ("statutory_accept",))

    def on_escalated(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """The tier above takes over with a clock of its own; above the last tier the leader, without a clock."""
        running = self.clocks["tier"]
        running.end("breached" if body["cause"] == "deadline" else "superseded", event)
        if body["cause"] == "deadline":
            missed = running.due
            if not self.with_leader and (instant(body["missed_due_at"]) != missed or event.at < missed):
                raise differs(event, "tier", "missed_due_at", str(body["missed_due_at"]), missed.isoformat())
        self.tier = str(body["to_tier"] or body["from_tier"])
        self.with_leader = body["to_tier"] is None
        if not self.with_leader:
            roster = book.rosters[str(body["unit"])]
            postings = [] if roster == "working" else [(event.at, roster)]
            self._set(event, book, [("tier", book.tiers[self.tier], event.at, postings)])
            self._agrees(event, [body["clock"]])

    def on_resident_contacted(self, event: Event, *_: Any) -> None:
        """The resident was contacted: the first-contact clock is met."""
        self._stop(event, ("first_contact",))

    on_handed_over = on_resident_contacted

    def on_hand_over_confirmed(self, event: Event, *_: Any) -> None:
        """The centre has the resident: the hand-over clock is met."""
        self._stop(event, ("hand_over",))

    # Time.

    def on_clock_breached(self, event: Event, body: dict[str, Any], _: Book) -> None:
        """A clock other than the tier's was missed."""
        clock = self.clocks[str(body["clock"])]
        if instant(body["due_at"]) != clock.due or event.at < clock.due:
            raise differs(event, clock.name, "due_at", str(body["due_at"]), clock.due.isoformat())
        clock.breached = True
        clock.end("breached", event)

    def _not_over(self, event: Event, clock: Clock) -> None:
        """Refuse to move a clock that was over when the event was recorded, whatever time the event states.

        Raises:
            Wrong: the clock was over; one that is paused is not.
        """
        if clock.name == "tier" and self.with_leader:
            return
        if clock.paused_at is None and event.judged > clock.due + CLOCKS_APART:
            raise self._against(event, "时限已过，事后才登记", "on record only after the clock had ended")

    def _approved_by(self, event: Event, asked: Event, book: Book, zh: str, en: str) -> None:
        """Check that a leader of the rulebook decided, who is not the person who asked.

        Raises:
            Wrong: it was the same person, or no leader.
        """
        role, name = event.who
        if name == asked.who[1]:
            raise Wrong(f"{zh}由申请人自己批准。", f"Event {event.version}: who asked for the {en} approved it.")
        if role != "leader" or name not in book.leaders:
            what = f"the {en} was decided by {role} {name}, who is no leader of the rulebook"
            raise self._against(event, f"{zh}须由规则所列领导批准", what)

    def on_extension_asked(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """More time is asked for: before the clock ends, once, within the rule's limit."""
        clock = self.clocks[str(body["clock"])]
        self._not_over(event, clock)
        rule, days = book.promise(clock.budget.rule), int(body["days"])
        most = (rule.extend if rule else None) or 0
        if not 0 < days <= most:
            raise self._against(event, f"延期 {days} 天，至多 {most} 天", f"{days} days more, of at most {most}")
        if any(each.decided and each.decided.body["approved"] for each in clock.extensions):
            raise self._against(event, "已延期一次", "the clock was extended once already")
        self.asked["extension"] = (event, clock.name, int(body["days"]))
        clock.extensions.append(Extension(int(body["days"]), event, None))

    def on_extension_decided(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Somebody else approves or refuses the extension."""
        asked, name, days = self.asked.pop("extension")
        clock = self.clocks[name]
        self._approved_by(event, asked, book, "延期", "extension")
        if body["approved"]:
            self._not_over(event, clock)
        clock.extensions[-1] = clock.extensions[-1]._replace(decided=event)
        if body["approved"]:
            clock.extra += days
        self._moved(event, book, [clock] if body["approved"] else [])

    def on_paused(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Waiting for the resident: clocks pause, within the rulebook's number and length of pauses."""
        self._stop(event, ("first_contact",))
        self._not_over(event, self.clocks["tier"])
        self.pauses += 1
        often, days = book.pauses
        until = instant(body["until"])
        if self.pauses > often or until > book.opening_after(event.at, days):
            what = f"at most {often} pauses of {days} working days"
            raise self._against(event, f"至多暂停 {often} 次，每次 {days} 个工作日", what)
        self._dated_back("pause", event, book)
        self._wait(event, body["clocks"], "resident", until, None)

    def on_parking_asked(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Parking is asked for, until a day within the rulebook's limit."""
        self._not_over(event, self.clocks["tier"])
        if instant(body["look_again_at"]) > book.window_end(event.at, book.parked_for):
            what = f"it is to be looked at again within {book.parked_for} days"
            raise self._against(event, f"须在 {book.parked_for} 天内复查", what)
        self.asked["parking"] = (event, "", 0)

    def on_parking_decided(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Somebody else approves or refuses: clocks pause until the day of the next look."""
        asked = self.asked.pop("parking")[0]
        self._approved_by(event, asked, book, "挂账", "parking")
        if body["approved"]:
            self._not_over(event, self.clocks["tier"])
            if body["look_again_at"] != asked.body["look_again_at"]:
                raise self._against(event, "复查日期与申请不同", "another day to look again than was asked for")
            self._dated_back("pause", event, book)
            self._wait(event, body["clocks"], "parked", instant(body["look_again_at"]), asked)

    def _wait(self, event: Event, names: Any, why: str, until: datetime, asked: Event | None) -> None:
        self.waits_until = until
        for name in names:
            clock = self.clocks[str(name)]
            if not clock.budget.pausable or not clock.owed:
                what = f"Event {event.version}: the rule of the {name} clock does not let it stand still."
                raise Wrong(f"第 {event.version} 条事件：该时限依规则不得暂停。", what)
            clock.paused_at = event.at
            clock.stands = (event.at, until, why)
            clock.waits.append(Wait(why, event, asked, None))

    def on_resumed(self, event: Event, _: dict[str, Any], book: Book) -> None:
        """The paused clocks run on with the time they had left; a pause ends at its limit at the latest."""
        ending = min(event.at, self.waits_until or event.at)
        for clock in self.clocks.values():
            clock.stands = None
        stood = [clock for clock in self.clocks.values() if clock.paused_at]
        for clock in stood:
            since = clock.paused_at or event.at
            clock.pauses.append((since, max(since, ending), clock.waits[-1].why))
            clock.waits[-1] = clock.waits[-1]._replace(ended=event)
            clock.paused_at = None
        self.waits_until = None
        self._moved(event, book, stood)

    on_unparked = on_resumed

    def on_steps_set_aside(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Steps the engine took too early, by a wrong clock, are void: the other events are followed again."""
        versions = {int(version) for version in body["versions"]}
        if not versions:
            return
        aside = [each for each in self.followed if each.version in versions]
        engines = all(each.body["by"]["role"] == "engine" and each.topic in MAY_BE_SET_ASIDE for each in aside)
        by_leader = event.who[0] == "leader" and event.who[1] in book.leaders
        if len(aside) != len(versions) or not engines or not by_leader:
            what = f"Event {event.version} sets aside what is no step of the engine, or nobody who may has said so."
            raise Wrong(f"第 {event.version} 条事件撤除的并非系统步骤，或非领导所为。", what)
        fresh = Case(self.books)
        fresh.effort = self.effort
        for each in self.followed:
            if each.version not in versions:
                fresh.follow(each)
        self.__dict__.update(fresh.__dict__)
        told = "、".join(str(version) for version in sorted(versions))
        what = f"Events {', '.join(str(version) for version in sorted(versions))} were set aside: a clock was wrong."
        self.remarks.append(Said(f"第 {told} 条事件因时钟有误已撤除，不计入时限。", what))

    def on_clocks_recomputed(self, event: Event, _: dict[str, Any], book: Book) -> None:
        """A calendar or rulebook came into force: running clocks are recomputed, by their old budget or the new."""
        running = [
            clock
            for clock in self.clocks.values()
            if clock.owed and not clock.breached and not (clock.name == "tier" and self.with_leader)
        ]
        for clock in running:
            rule = book.promise(clock.budget.rule)
            if rule is not None and not rule.keep:
                clock.budget = clock.budget._replace(kind=rule.kind, days=rule.days, counting=rule.counting)
        self._moved(event, book, running, also_unmoved=True)

    # The answer.

    def on_replied(self, event: Event, body: dict[str, Any], _: Book) -> None:
        """Every clock stops; a clock that was missed is met late."""
        tier = self.clocks["tier"]
        if not self.with_leader and tier.owed and body["on_time"] is not (event.judged <= tier.due):
            self.remarks.append(
                Said(
                    f"第 {event.version} 条答复所记“是否按时”与登记时间不符。",
                    f"Event {event.version} calls itself {'on time' if body['on_time'] else 'late'}; "
                    "by when it was recorded it was not so.",
                )
            )
        self._stop(event, self.clocks)
        for clock in self.given:
            if clock.ended == "breached" and clock.met_later is None:
                clock.met_later = event

    def on_review_requested(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """The review starts its own clock."""
        name = "second_review" if body["level"] == 2 else "review"
        self._set(event, book, [(name, book.reviews[name], event.at, [])])
        self._agrees(event, [body["clock"]])

    def on_review_decided(self, event: Event, body: dict[str, Any], _: Book) -> None:
        """The review's clock is met."""
        self._stop(event, ("second_review" if body["level"] == 2 else "review",))

    def on_withdrawn(self, event: Event, *_: Any) -> None:
        """All clocks end: nothing is owed any more."""
        self._stop(event, self.clocks, "withdrawn")

    on_closed = on_withdrawn

    def on_merged(self, event: Event, *_: Any) -> None:
        """The petition was merged into another: nothing is owed here while it is."""
        for clock in self.clocks.values():
            if clock.ended is None:
                clock.merged = event

    def on_unmerged(self, *_: Any) -> None:
        """The petition goes on by itself."""
        for clock in self.clocks.values():
            clock.merged = None
