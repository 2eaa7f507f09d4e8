"""A petition with all that a dossier can hold: letters, a service order, a second resident, looks, adoptions, heads."""

from datetime import timedelta

from aggregates.adoption import RulebookAdopted
from aggregates.orders import commands as oc
from aggregates.orders.decisions import decide
from aggregates.orders.state import Order
from aggregates.petition import commands as c
from eventstore.log import Append
from office.rules.adoption import adopt_file
from rulebook.model import Rulebook
from tests.aggregates.office import at, proposal, say
from tests.aggregates.orders.market import say as ask
from tests.dossiers.registry import Registry
from tests.erasure.conftest import CANARY, Place
from tests.people import OFFICER, somebody_of
from tests.rulebook.books import baiyang

NEIGHBOUR = "r-00112233445566778899aabbccddeeff"


class Story:
    """One petition of an office, lived step by step; a checkpoint after each step."""

    def __init__(self, place: Place, number: int = 1, *, signed: bool = True) -> None:
        self.place = place
        self.registry = Registry(place.event_log, (baiyang(),))
        self.registry.now = place.time
        self.signed = signed
        adopt_file(place.event_log, baiyang(), place.time)
        self.petition, self.resident = place.comes(number)
        self.receipt = str(place.event_log.read(self.petition)[0].event.receipt)  # type: ignore[attr-defined]
        self.order = f"o-{number:032x}"

    def does(self, *commands: c.Command) -> "Story":
        """Acts, one an hour; an officer is one of the unit that has it."""
        for command in commands:
            count = len(self.place.event_log.read(self.petition))
            by = command.by
            if by is OFFICER:
                by = somebody_of(self.place.handler.load(self.petition).in_charge)
            now = command.model_copy(update={"at": self.place.time, "by": by})
            self.place.handler.execute(self.petition, now, f"{self.petition} {count}")
            self.place.later(hours=1)
            self.sign()
        self.place.tells()
        return self

    def sign(self) -> None:
        """A checkpoint, if this story has them."""
        self.registry.now = self.place.time
        if self.signed:
            self.registry.sign(self.place.time)

    def orders(self) -> "Story":
        """A service order is raised from it."""
        post = ask(oc.Post, self.place.time, resident=self.resident, petition=self.petition, text=f"陪诊 {CANARY}")
        events = decide(Order(id=self.order), post, baiyang())
        assert self.place.event_log.append([Append(self.order, 0, events, f"{self.order} post", self.place.time)])
        return self

    def adopts(self, book: Rulebook) -> "Story":
        """Another rulebook comes into the log."""
        adopt_file(self.place.event_log, book, self.place.time)
        return self

    def adopted(self) -> list[RulebookAdopted]:
        """The adoptions on record."""
        events = [record.event for record in self.place.event_log.read("rulebook-baiyang")]
        return [event for event in events if isinstance(event, RulebookAdopted)]


def short_story(place: Place, number: int) -> Story:
    """Received, dispatched, answered; with an order and letters."""
    when = place.time
    return Story(place, number).does(
        say(c.Classify, when, proposal=proposal("public_service", "district")),
        say(c.Dispatch, when),
        say(c.Reply, when, OFFICER, text=f"好了 {CANARY}"),
    )


def whole_story(place: Place, number: int = 1, *, joined: bool = True) -> Story:
    """Received, joined, dispatched, extended, paused, answered; with an order and letters."""
    story = Story(place, number)
    when = place.time
    story.does(
        say(c.Classify, when, proposal=proposal("public_service", "district")),
        say(c.Dispatch, when),
        say(c.Accept, when, OFFICER),
    )
    if joined:
        story.does(say(c.AddResident, when, resident=NEIGHBOUR, name=f"乙某 {CANARY}"))
    story.orders().does(
        say(c.Contact, when, OFFICER),
        say(c.ReadSealedFields, when, OFFICER, reason=f"核对地址 {CANARY}", fields=("address",)),
        say(c.RequestExtension, when, OFFICER, days=2, reason=f"配件未到 {CANARY}"),
        say(c.DecideExtension, when, reason=f"属实 {CANARY}"),
        say(c.Assist, when, OFFICER, unit="team-care", reason=f"独居 {CANARY}"),
    )
    place.time = max(place.time, at("2025-09-25 09:00"))
    story.does(say(c.Pause, when, OFFICER, what=f"请补充 {CANARY}"))
    place.later(days=3)
    story.does(
        say(c.Resume, when, answer=f"已补充 {CANARY}"),
        say(c.Reply, when, OFFICER, text=f"修好了 {CANARY}", grounds=f"记录 {CANARY}"),
    )
    place.later(days=5)
    story.does(say(c.Dispute, when, reason=f"不亮 {CANARY}"))
    place.time += timedelta(hours=1)
    story.sign()
    return story
