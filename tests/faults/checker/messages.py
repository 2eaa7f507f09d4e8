"""What residents and units are told: everything the templates say, once; and readers that have read to the end."""

from collections import Counter
from collections.abc import Iterator

from aggregates.messages.events import MessageDelivered, MessageFailed, MessageWritten
from aggregates.messages.outbox import stream_of
from aggregates.messages.telling import Happened, contacts_of, tell, voice_of
from aggregates.petition.state import Petition, evolve
from tests.faults.evidence import Evidence
from tests.faults.onlooker import READERS

About = Iterator[tuple[str, str]]


def owed(evidence: Evidence, petition: str) -> set[str]:
    """Ids of the messages that a petition's events lead to, for its own residents and units."""
    voice = voice_of(evidence.letters, evidence.rules)
    records = evidence.petitions[petition]
    state, found = Petition(id=petition), set()
    for number, record in enumerate(records, 1):
        before, state = state, evolve(state, record.event)
        if voice.book.of(record.event.TOPIC):
            happened = Happened(record, before, state, contacts_of(records[:number]), {})
            found |= {draft.message for draft in tell(happened, voice)}
    return found


def written(evidence: Evidence, petition: str) -> list[str]:
    """Ids of the messages that are on record, without those about a petition it is merged into."""
    records = evidence.streams.get(stream_of(petition), [])
    return [
        record.event.message
        for record in records
        if isinstance(record.event, MessageWritten) and not record.command_id.startswith("tell-merged:")
    ]


def lost(evidence: Evidence) -> About:
    """Every message that an event leads to is written."""
    for petition in evidence.petitions:
        missing = owed(evidence, petition) - set(written(evidence, petition))
        if missing:
            yield petition, f"never written: {sorted(missing)}"


def unasked(evidence: Evidence) -> About:
    """No message is written that no event leads to."""
    for petition in evidence.petitions:
        more = set(written(evidence, petition)) - owed(evidence, petition)
        if more:
            yield petition, f"written, and nothing leads to it: {sorted(more)}"


def double(evidence: Evidence) -> About:
    """A message is written once and comes to one end."""
    wrote: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for record in evidence.records:
        match record.event:
            case MessageWritten(message=message):
                wrote[message] += 1
            case MessageDelivered(message=message) | MessageFailed(message=message):
                ended[message] += 1
            case _:
                pass
    for message, times in (wrote | ended).items():
        if times > 1:
            yield (
                message.partition(":")[0],
                f"message {message}: written {wrote[message]}, ended {ended[message]} times",
            )


def undelivered(evidence: Evidence) -> About:
    """What the gateway carries was given to it; what is noted as delivered, too."""
    given = set(evidence.delivered)
    ended = {r.event.message for r in evidence.records if isinstance(r.event, MessageDelivered | MessageFailed)}
    for record in evidence.records:
        if isinstance(record.event, MessageWritten) and record.event.way == "gateway":
            if record.event.message not in ended:
                yield record.stream, f"message {record.event.message} waits for the gateway"
        elif isinstance(record.event, MessageDelivered) and record.event.message not in given:
            yield record.stream, f"message {record.event.message} is noted as delivered; the gateway never had it"


def reader_behind(evidence: Evidence) -> About:
    """Every reader has read the log to its end, and none beyond it."""
    for reader in READERS:
        place = evidence.places.get(reader, 0)
        if place != evidence.head:
            yield reader, f"stands at {place}, the log at {evidence.head}"
