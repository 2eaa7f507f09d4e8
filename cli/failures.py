"""Which error is told how: one sentence for whoever typed the command, and the exit code it means.

Errors are named, not imported: one whose module was never loaded cannot have been raised.
"""

import errno
import sys
from collections.abc import Iterator

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130

EXPECTED: tuple[tuple[str, str, int], ...] = (
    ("office.connection", "NotReachable", FAILED),
    ("machine.data_folder", "FolderInUse", FAILED),
    ("machine.data_folder", "FolderUnusable", FAILED),
    ("machine.ports", "PortTaken", FAILED),
    ("machine.server_process", "ServerFailed", FAILED),
    ("eventstore.once", "TooBusy", FAILED),
    ("eventstore.clock_guard", "ClockWrong", FAILED),
    ("workers.reading.projection_runner", "UnknownProjection", WRONG_USE),
    ("projections.rebuild", "AlreadyRebuilding", FAILED),
    ("projections.paging", "BadCursor", WRONG_USE),
    ("eventstore.sealing", "CannotOpen", FAILED),
    ("eventstore.set_up", "NotSetUp", FAILED),
    ("eventstore.key_backup", "BadBackup", WRONG_USE),
    ("eventstore.backup.manifest", "BadBackup", FAILED),
    ("eventstore.backup.bringing_back", "NotEmpty", FAILED),
    ("eventstore.codec", "UnreadableEvent", FAILED),
    ("eventstore.store_format", "StoreIsNewer", FAILED),
    ("demo.director", "StoryStuck", FAILED),
    ("demo.figures", "Disagreement", FAILED),
    ("demo.stage", "NotEmpty", FAILED),
    ("demo.script_reading", "ScriptError", FAILED),
    ("evidence.notary", "LogRewritten", FAILED),
    ("evidence.known_heads", "LogPutBack", FAILED),
    ("evidence.accepting_loss", "NothingLost", FAILED),
    ("evidence.noting_times", "NothingToNote", FAILED),
    ("evidence.notary", "NoCheckpoint", FAILED),
    ("evidence.vouching", "NotVouched", FAILED),
    ("evidence.dossiers.making", "NoDossier", FAILED),
    ("eventstore.proofs.row_readers", "ReaderLost", FAILED),
    ("evidence.witness", "Refused", FAILED),
    ("evidence.cosigning", "NotKept", FAILED),
    ("evidence.witness", "BadState", WRONG_USE),
    ("eventstore.proofs.tree", "BrokenLog", FAILED),
    ("eventstore.proofs.merkle", "BadProof", FAILED),
    ("eventstore.proofs.notes", "BadNote", WRONG_USE),
    ("eventstore.proofs.notes", "BadKey", WRONG_USE),
    ("office.settings", "SettingsError", WRONG_USE),
    ("workers.messaging.gateways", "BadGateway", WRONG_USE),
    ("office.letters", "NoSuchMessage", WRONG_USE),
    ("office.rules.rulebooks", "RulebookUnreadable", WRONG_USE),
    ("office.rules.adoption", "OtherRulebook", WRONG_USE),
    ("office.rules.book_in_use", "NothingAdopted", FAILED),
    ("rulebook.problems", "RulebookError", WRONG_USE),
    ("rulebook.problems", "UnknownName", WRONG_USE),
    ("rulebook.calendar", "CalendarError", WRONG_USE),
    ("office.identity", "BadReceipt", WRONG_USE),
    ("projections.periods", "BadPeriod", WRONG_USE),
    ("office.reporting", "UnknownReport", WRONG_USE),
    ("office.reporting", "BadReport", WRONG_USE),
    ("office.intake", "BadSubmission", WRONG_USE),
)

NOT_NOW = frozenset(
    {
        "acted-on-since",
        "already-asked",
        "asked-already",
        "assists-already",
        "changed-meanwhile",
        "complained-about",
        "confidential",
        "decided-above",
        "decided-before",
        "extended-already",
        "final",
        "handed-over-already",
        "joined-already",
        "joint",
        "mediated-already",
        "merged-itself",
        "no-calendar",
        "no-mediation",
        "no-papers",
        "nobody-above",
        "not-above",
        "not-due",
        "not-extendable",
        "not-now",
        "not-open",
        "not-referred",
        "not-the-centre",
        "not-yours",
        "nothing-asked",
        "nothing-changes",
        "nothing-left",
        "nothing-to-confirm",
        "nothing-untimely",
        "others-merged",
        "papers-out",
        "paused-enough",
        "referred-already",
        "review-decided",
        "somebody-else",
        "too-late",
        "unchanged",
        "watches-already",
        "window-closed",
    }
)
"""Codes of refusals that are about the petition, not about what was typed."""

NOT_NOW_OF_ORDERS = frozenset({"not-your-unit", "own-rating", "own-wish", "already-said", "not-collective"})


class WrongUse(Exception):
    """What was typed cannot be meant; the message names the option and what was expected."""


def told(error: BaseException) -> tuple[int, str] | None:  # noqa: PLR0911 - one answer a kind
    """The exit code and the sentence of an error we expect; None for any other."""
    if isinstance(error, WrongUse):
        return WRONG_USE, str(error)
    for module, name, code in EXPECTED:
        if _is(error, module, name):
            return code, str(error)
    if _is(error, "aggregates.petition.decisions", "Refused"):
        code = FAILED if getattr(error, "code", "") in NOT_NOW | NOT_NOW_OF_ORDERS else WRONG_USE
        return code, f"{getattr(error, 'zh', '')} · {error}"
    if _is(error, "eventsourcing.persistence", "PersistenceError") or _is(error, "psycopg", "Error"):
        return FAILED, _database(error)
    if _is(error, "temporalio.service", "RPCError"):
        return FAILED, f"Temporal does not answer: {_first_line(error)}"
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        return (FAILED if error.errno == errno.ENOSPC else WRONG_USE), _system(error)
    return None


def _is(error: BaseException, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(error, kind)


def _database(error: BaseException) -> str:
    for each in _causes(error):
        if getattr(each, "sqlstate", None) == "53100" or "No space left" in str(each):
            return "the database's disk is full: nothing more was written, nothing written is lost; make room, repeat"
    return f"the database was lost or refused: {_first_line(error)}; it is safe to repeat"


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
