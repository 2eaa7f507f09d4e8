"""The office's own events, in streams whose ids begin with `office-`.

No personal data: counts, petitions' ids, days and hashes.
"""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from aggregates.event import Event, Moment
from rulebook.rhythm import ReportKind

RECONCILER = "office-reconciler"
RECEPTION = "office-reception-days"
LOG = "office-log"
"""Stream about the log itself."""
KEYS = "office-keys"
"""Stream about the keys' own care."""
TIMES = "office-times"
"""Stream about wrong clocks, outside of petitions."""
DOSSIERS = "office-dossiers-"
"""Prefix of the stream of the dossiers given out about one petition, whose id follows."""
ADOPTION = "office-adoption-"
"""Prefix of the stream of one adoption of a rulebook, once it is applied to the running petitions."""
REPORT = "office-report-"
"""Prefix of the stream of one kind of report about one period."""

Fault = Literal[
    "missing",
    "ended",
    "task_fails",
    "task_waits",
    "step_fails",
    "waits_for_nothing",
    "waits_for_another_time",
    "surplus",
]
"""How a workflow can differ from the log: it does not exist · it ended though something is owed · its task fails
repeatedly · no worker takes its task · its step fails repeatedly · no timer runs · its timer fires at another time than
the agenda's · it runs though nothing is owed. A task not taken and a failing step need people, not a repair."""


LossReason = Literal["copy_restored", "disk_lost", "machine_lost", "mistake"]
"""Why a log was put back: an older copy was restored on purpose · a disk or a machine was lost and a copy was all there
was · by mistake. Words of the office's own: a sentence could hold what nobody may read."""
LOSSES_TOLD = 1_000
"""The most missing streams that one event names."""

WrongClock = Literal["clock_set_wrong", "clock_drifted", "machine_restored", "unknown"]
"""Why a clock was wrong: somebody or something had set it so · nothing had set it right for long · its machine was put
back or had stood still · nobody knows."""
STREAMS_NOTED = 1_000
"""The most streams that one event names."""


class Difference(BaseModel):
    """One workflow that differed from the log: what was expected when, and what was found.

    `petition` is the workflow's id: a petition's, an order's, a message's or an adoption's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    petition: str
    fault: Fault
    step: str | None
    expected_at: Moment | None
    found_at: Moment | None
    repaired: bool


class WorkflowsReconciled(Event):
    """Workflows were compared with the log, and these differed. A check without differences records nothing."""

    TOPIC: ClassVar[str] = "office.workflows_reconciled"

    petitions: int
    differences: tuple[Difference, ...] = Field(min_length=1)


class ReportMade(Event):
    """A report: figures about a period, counted from the log up to the position `as_of`.

    `moment`: the instant it is as of. `figures` is canonical JSON and `sha256` its hash: under the rulebook named here,
    and the way of counting `counted_by`, anybody can count it again from the same events.
    """

    TOPIC: ClassVar[str] = "office.report_made"

    kind: ReportKind
    period: str
    as_of: int
    moment: Moment
    figures: str
    sha256: str
    counted_by: int


class AdoptionCarriedOut(Event):
    """An adopted rulebook was applied to every running petition: `petitions` were checked, clocks of `moved` changed.

    `number` counts the adoptions of the book. Until this is recorded, the adoption's workflow has to run.
    """

    TOPIC: ClassVar[str] = "office.adoption_carried_out"

    book: str
    number: int
    petitions: int
    moved: int


class ReceptionDayAnnounced(Event):
    """The reception day of a month was announced: residents may come without an appointment and meet who decides."""

    TOPIC: ClassVar[str] = "office.reception_day_announced"

    period: str
    day: date
    opens: Moment
    closes: Moment


class Missing(BaseModel):
    """A stream that Temporal knows and the log does not (`on_record` 0), or only at an earlier version.

    `known` None: its workflow's history has no version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: str
    on_record: int
    known: int | None


class LossAccepted(Event):
    """The log was restored to before something signed, and a person accepted that the rest is lost.

    The largest checkpoint known is of `known` events, its root in base64, from the file `known_from`; of these the log
    has the first `kept` at least, and had `size` events in all. From here on `key` signs, and `retired_key` no more.
    `missing_streams`: how many Temporal knew (null: it was not asked), the first of them in `missing`. `earlier_keys`:
    others that have signed this log, which it may not name itself any more.
    """

    TOPIC: ClassVar[str] = "office.loss_accepted"

    known: int
    known_root: str
    known_at: Moment
    known_from: str
    kept: int
    size: int
    retired_key: str
    earlier_keys: tuple[str, ...] = ()
    key: str
    reason: LossReason
    missing_streams: int | None
    missing: tuple[Missing, ...]


class TimesOf(BaseModel):
    """Versions of one stream; in `office.times_noted` not a petition's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: str
    versions: tuple[int, ...] = Field(min_length=1)


class TimesNoted(Event):
    """A wrong clock recorded these events, outside of petitions, ahead of their time; a leader has noted it.

    Their recorded times stay; an auditor knows from here that they are wrong. In the stream `office-times`. The reason
    is one of a few words: a sentence could hold what nobody may read.
    """

    TOPIC: ClassVar[str] = "office.times_noted"

    reason: WrongClock
    streams: tuple[TimesOf, ...] = Field(min_length=1)


class DossierGiven(Event):
    """A dossier about a petition was made and given out: for whom, by whom (`by`), and which file.

    `sha256` is the file's, so that a copy found anywhere is known to be this one; `size`: the events of the log at its
    checkpoint; `opened`: whether sealed texts are open in it, which is a look of its own, with its reason, in the
    petition's stream. In a stream of that petition's dossiers, `office-dossiers-…`: what was given out is not part of
    what it proves.
    """

    TOPIC: ClassVar[str] = "office.dossier_given"

    petition: str
    given_for: Literal["resident", "unit", "court", "auditor"]
    sha256: str
    size: int
    opened: bool


class FallsNoted(Event):
    """Times fall along the log, and a leader has noted that a clock was wrong, or that something had waited.

    `streams`: events, petitions' too, recorded with a time before that of what stands before them. `checkpoints`: sizes
    of those signed with a time after that of what was signed, seen or recorded later. All times stay as they are;
    nothing is excused by it in a petition. In the stream `office-times`.
    """

    TOPIC: ClassVar[str] = "office.falls_noted"

    reason: WrongClock
    streams: tuple[TimesOf, ...]
    checkpoints: tuple[int, ...]


class MasterKeyReplaced(Event):
    """Every key is wrapped by another master key since; the old one opens none that is left.

    `key`: the new one's `key_id`, which says nothing about it. Keys destroyed up to position `as_of` were wrapped by an
    older one. In the stream `office-keys`.
    """

    TOPIC: ClassVar[str] = "office.master_key_replaced"

    key: str
    as_of: int = Field(ge=0)


OFFICE_EVENTS: tuple[type[Event], ...] = (
    WorkflowsReconciled,
    ReportMade,
    AdoptionCarriedOut,
    ReceptionDayAnnounced,
    LossAccepted,
    TimesNoted,
    DossierGiven,
    FallsNoted,
    MasterKeyReplaced,
)


def dossiers_stream(petition: str) -> str:
    """The stream of the dossiers given out about a petition."""
    return f"{DOSSIERS}{petition}"


def adoption_stream(book: str, number: int) -> str:
    """The stream of one adoption of a book."""
    return f"{ADOPTION}{book}-{number}"


def report_stream(kind: str, period: str) -> str:
    """The stream of one kind of report about one period; each version is one event."""
    return f"{REPORT}{kind}-{period}"


def report_id(kind: str, period: str, version: int) -> str:
    """The id of one version of a report."""
    return f"{kind}-{period}.{version}"
