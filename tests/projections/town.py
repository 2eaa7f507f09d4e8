"""A small town for the read models' tests: petitions that live through every event, at fixed times, without a clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aggregates.event import Actor, Event, Urgent
from aggregates.known import BY_CODE
from aggregates.petition import commands as c
from aggregates.petition.agenda import agenda
from aggregates.petition.decisions import command_for, decide
from aggregates.petition.state import Petition, evolve
from aggregates.record import Recorded
from eventstore.log import Append, EventLog
from rulebook.proposal import Proposal
from tests.people import CLERK, OFFICER, somebody_of
from tests.rulebook.books import baiyang

RULES = baiyang()
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CANARY = "金丝雀-13800001111-canary"
SOON = timedelta(minutes=10)


def sure(category: str = "administrative", tier: str = "community") -> Proposal:
    """A proposal above the line."""
    return Proposal(
        category=category, tier=tier, matter=None, confidence=0.9, needs_human=False, reasons=("词语：证明",)
    )


UNSURE = Proposal(
    category="public_service", tier="community", matter=None, confidence=0.3, needs_human=True, reasons=()
)


class PaperTown:
    """Petitions and their states; every act becomes an append for the log."""

    def __init__(self) -> None:
        self.appends: list[Append] = []
        self.states: dict[str, Petition] = {}

    def receive(
        self,
        petition: str,
        at: datetime = MONDAY,
        *,
        anonymous: bool = False,
        urgent: Urgent | None = None,
        section: str | None = None,
    ) -> "Story":
        """A petition comes in, full of personal data."""
        self.states[petition] = Petition(id=petition)
        story = Story(self, petition, at)
        return story.does(
            lambda at: c.Receive(
                at=at,
                by=CLERK,
                receipt=f"R-{petition}",
                resident=f"resident-{petition}",
                channel="counter",
                community="baiyang",
                section=section,
                anonymous=anonymous,
                urgent=urgent,
                title=CANARY,
                text=CANARY,
                name=CANARY,
                phone=CANARY,
                address=CANARY,
            ),
            after=timedelta(0),
        )

    def write(self, log: EventLog, appends: list[Append] | None = None) -> None:
        """Append everything (or these) in order, many in a commit where streams differ."""
        batch: dict[str, Append] = {}
        for append in self.appends if appends is None else appends:
            if append.stream in batch:
                assert all(log.append(list(batch.values())))
                batch = {}
            batch[append.stream] = append
        if batch:
            assert all(log.append(list(batch.values())))

    def records(self) -> list[Recorded]:
        """What the log would hold, unsealed: for tests without a database."""
        events = [(append, number, event) for append in self.appends for number, event in enumerate(append.events, 1)]
        return [
            Recorded(
                position,
                append.stream,
                append.expected_version + number,
                append.recorded_at,
                append.command_id,
                event,
            )
            for position, (append, number, event) in enumerate(events, 1)
        ]


class Story:
    """One petition's life, told act by act; `at` moves on with each."""

    def __init__(self, town: PaperTown, petition: str, at: datetime) -> None:
        self.town, self.petition, self.at = town, petition, at

    @property
    def state(self) -> Petition:
        """Where it stands."""
        return self.town.states[self.petition]

    def does(self, command: Callable[[datetime], c.Command], after: timedelta = SOON) -> "Story":
        """Somebody acts, a while later."""
        self.at += after
        asked = command(self.at)
        if asked.by == OFFICER:
            asked = asked.model_copy(update={"by": somebody_of(self.state.in_charge)})
        return self._note(decide(self.state, asked, RULES))

    def engine(self, times: int = 1) -> "Story":
        """The engine does what the agenda owes, when it is due."""
        for _ in range(times):
            owed = agenda(self.state)
            assert owed.step is not None
            assert owed.due_at is not None
            self.at = max(self.at, owed.due_at)
            self._note(decide(self.state, command_for(owed.step, self.state, self.at), RULES))
        return self

    def classified(self, proposal: Proposal) -> "Story":
        """The classifier proposes."""
        return self.does(lambda at: c.Classify(at=at, by=Actor.engine(), proposal=proposal))

    def accepted(self) -> "Story":
        """The unit takes it."""
        return self.does(lambda at: c.Accept(at=at, by=OFFICER))

    def replied(self) -> "Story":
        """The unit answers."""
        return self.does(lambda at: c.Reply(at=at, by=OFFICER, outcome="resolved", text=CANARY, grounds=CANARY))

    def _note(self, events: tuple[Event, ...]) -> "Story":
        version = self.state.version
        command = f"{self.petition}/{version}"
        recorded = self.at + timedelta(seconds=1)
        self.town.appends.append(Append(self.petition, version, events, command, recorded))
        for event in events:
            self.town.states[self.petition] = evolve(self.state, event)
        return self


def whole_town(suffix: str = "") -> PaperTown:
    """Twelve petitions that together see every event there is, each at another place of its life."""
    town = PaperTown()
    at = iter(MONDAY + timedelta(minutes=5 * n) for n in range(100))

    def new(petition: str, *, anonymous: bool = False) -> Story:
        return town.receive(petition + suffix, next(at), anonymous=anonymous)

    new("received", anonymous=True)
    new("unsure").classified(UNSURE)
    new("stuck-unsure").classified(UNSURE).engine(3)
    new("dispatched").classified(sure()).engine()
    new("accepted").classified(sure("legal", "district")).engine().accepted().does(
        lambda at: c.ReadSealedFields(at=at, by=OFFICER, fields=("text", "phone"), reason=CANARY)
    )
    new("returned").classified(sure()).engine().does(lambda at: c.Return(at=at, by=OFFICER, reason=CANARY))
    new("transferred").classified(UNSURE).does(lambda at: c.Triage(at=at, by=CLERK)).engine().does(
        lambda at: c.Transfer(at=at, by=OFFICER, unit="team-repairs", reason=CANARY)
    )
    new("closed").classified(sure()).engine().accepted().replied().engine().does(
        lambda at: c.Confirm(at=at, by=CLERK, satisfied=True)
    ).engine()
    new("disputed").classified(sure()).engine().accepted().replied().does(
        lambda at: c.Dispute(at=at, by=Actor.resident(), known=BY_CODE, reason=CANARY)
    )
    new("with-leader").classified(sure()).engine(11)
    new("unanswered").classified(sure()).engine().accepted().replied().engine(2)
    new("withdrawn").classified(sure()).engine(3).does(
        lambda at: c.Withdraw(at=at, by=Actor.resident(), known=BY_CODE, reason=CANARY)
    )
    town.appends.sort(key=lambda append: append.recorded_at)
    return town


TOWN = whole_town()
