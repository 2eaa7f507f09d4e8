"""Lives told as pages: the record of a story, checkpoints around it, and what was opened for whoever asked."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from io import BytesIO

from pypdf import PdfReader

from aggregates.event import Event
from aggregates.personal import Sealed, personal_fields
from aggregates.petition import commands as c
from aggregates.record import Recorded
from eventstore.log import ERASED
from eventstore.proofs.checkpoint import Checkpoint
from evidence.deadline_sentences import Said
from evidence.dossiers.page_contents import Told
from tests.aggregates.office import PETITION, proposal
from tests.people import LEADER
from tests.replay.lives import Filed, books
from tests.rulebook.books import baiyang

KEY = "suqiu/baiyang+54a98473+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
COURT, UNIT = Said("法院", "for the court"), Said("承办单位", "for the unit")


def signed(size: int, when: datetime) -> Checkpoint:
    """A checkpoint of so many events."""
    return Checkpoint("suqiu/baiyang", size, size.to_bytes(32, "big"), 3, bytes(32), when)


def every_field(records: Sequence[Recorded]) -> Iterator[tuple[tuple[str, int, str], str]]:
    """Where each personal text stands, and what it says."""
    for record in records:
        for name in personal_fields(type(record.event)):
            value = getattr(record.event, name)
            if isinstance(value, str):
                yield (record.stream, record.version, name), value


def sealed(record: Recorded, key: str = "0123456789abcdef") -> Recorded:
    """The record as the log has it: personal texts are sealed. An empty key: it was erased before it was written."""
    texts = {name: Sealed(key=key, nonce="", ciphertext="", commitment="") for (_, _, name), _ in every_field([record])}
    event: Event = record.event.model_copy(update=texts)
    return record._replace(event=event)


def told(case: Filed, *, opened: bool = True, checkpoints: Sequence[Checkpoint] = (), erased: bool = False) -> Told:
    """What the page of a case is told from, for the court; sealed, `opened` or `erased`."""
    texts = dict(every_field(case.records)) if opened else {}
    if erased:
        texts = {place: ERASED for place, _ in every_field(case.records)}
    return Told(
        petition=PETITION,
        records=[sealed(record) for record in case.records],
        book=baiyang(),
        books=books(baiyang()),
        checkpoints=checkpoints or [signed(len(case.records), case.now + timedelta(minutes=1))],
        key=KEY,
        redaction=COURT if opened else UNIT,
        opened=texts,
        witnesses=("witness-of-haizhou",),
        files=(("events.jsonl", Said("每件事及其证明", "each event with its proof")),),
    )


def text_of(pdf: bytes) -> str:
    """The text of a page, without its gaps: where a line ends is the layout's matter."""
    return squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def squeezed(text: str) -> str:
    """Without spaces and line ends."""
    return re.sub(r"\s+", "", text)


def district(received: str = "2025-09-23 15:00") -> Filed:
    """A petition with its district unit: three days, until 2025-09-26 17:30 if received so."""
    return Filed(proposes=proposal("public_service", "district")).receive(received).step().step()


def kept() -> Filed:
    """Answered in time."""
    return district().until("2025-09-25 10:00").act(c.Reply)


def missed() -> Filed:
    """Answered late, after it rose."""
    return district().until("2025-09-28 10:00").act(c.Reply)


def paused() -> Filed:
    """It waited for the resident from the 24th to the 25th."""
    case = district().until("2025-09-24 09:00").act(c.Pause).until("2025-09-25 09:00").act(c.Resume)
    return case.until("2025-09-26 10:00").act(c.Reply)


def extended() -> Filed:
    """Two days more, approved by somebody else."""
    case = district().until("2025-09-24 09:00").act(c.RequestExtension, days=2)
    return case.act(c.DecideExtension, LEADER).until("2025-09-27 10:00").act(c.Reply)


def provisional() -> Filed:
    """Its end lies in a year whose calendar is not announced."""
    return district("2026-12-30 15:00")


def long() -> Filed:
    """Somebody watched it for months: more than fifty events."""
    case = Filed(proposes=proposal("stability", "district")).receive("2025-09-22 15:00").step().step()
    case.act(c.Supervise).act(c.Contact).until("2025-12-30 10:00")
    return case.act(c.Reply).until("2025-12-31 09:00")


LIVES = {
    "kept": kept,
    "missed": missed,
    "paused": paused,
    "extended": extended,
    "provisional": provisional,
    "long": long,
}
