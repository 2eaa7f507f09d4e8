"""Which petition one may be merged into: what no decision can see, because it looks at one stream only."""

from typing import NamedTuple

from aggregates.decisions import Refused
from aggregates.events import PetitionMerged
from aggregates.record import Recorded
from aggregates.state import Stage, fold
from eventstore.codec import decode
from eventstore.log import PetitionLog
from workers.identity import Identities

PAGE = 500


class Target(NamedTuple):
    """The petition that another one is merged into."""

    id: str
    receipt: str


def merge_target(petitions: PetitionLog, identities: Identities, petition: str, receipt: str) -> Target:
    """The petition of `receipt`, if `petition` may be merged into it.

    Raises:
        BadReceipt: it cannot be a receipt.
        Refused: nobody has given it out, it is merged itself, nothing is owed there, or others are merged into
            `petition` and would hang on a chain.
    """
    other = identities.petition(receipt)
    records = petitions.read(other)
    if not records:
        raise Refused("unknown-receipt", f"into: no petition with {receipt.strip()[:40]!r} is on record here")
    state = fold(other, (record.event for record in records))
    if state.stage is Stage.MERGED:
        raise Refused(
            "merged-itself", f"into: that petition is merged itself, into {state.merged_into_receipt}; name that one"
        )
    if not state.open and other != petition:
        raise Refused("not-open", f"into: that petition is {state.stage}; nothing would be owed to this resident there")
    own = petitions.read(petition)
    if other != petition and own and (hanging := _merged_into(petitions, own[0])):
        raise Refused(
            "others-merged",
            f"merge: {hanging} is merged into this petition; unmerge it, or merge the other one into this",
        )
    return Target(other, state.receipt)


def _merged_into(petitions: PetitionLog, first: Recorded) -> str | None:
    """The receipt of a petition that is merged into the one that begins with `first`, if there is any."""
    after = first.position
    while True:
        page = petitions.recorder.select_notifications(
            after, PAGE, topics=(PetitionMerged.TOPIC,), inclusive_of_start=False
        )
        for row in page:
            event = decode(row.topic, row.state)
            assert isinstance(event, PetitionMerged)
            if event.into == first.stream:
                stream = str(row.originator_id)
                state = fold(stream, (record.event for record in petitions.read(stream)))
                if state.merged_into == first.stream and state.stage is Stage.MERGED:
                    return state.receipt
        if len(page) < PAGE:
            return None
        after = page[-1].id
