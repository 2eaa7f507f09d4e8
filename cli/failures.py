"""Which error is told how: one sentence for whoever typed the command, and the exit code it means.

Our own errors carry their exit code (`rulebook.problems.Expected`). Those of libraries are named, not imported: one
whose module was never loaded cannot have been raised.
"""

import errno
import sys
from collections.abc import Iterator

from rulebook.problems import BadInput, Expected

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130

NOT_NOW = frozenset(
    {
        "acted-on-since",
        "already-asked",
        "asked-already",
        "assists-already",
        "changed-meanwhile",
        "code-needed",
        "code-of-another",
        "code-wrong",
        "complained-about",
        "confidential",
        "decided-above",
        "decided-before",
        "erased",
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
        "not-proven",
        "not-referred",
        "not-the-centre",
        "not-yours",
        "nothing-asked",
        "nothing-changes",
        "nothing-left",
        "nothing-sealed",
        "nothing-to-confirm",
        "nothing-untimely",
        "others-merged",
        "papers-out",
        "paused-enough",
        "referred-already",
        "review-decided",
        "somebody-else",
        "too-late",
        "too-many-tries",
        "unchanged",
        "watches-already",
        "window-closed",
    }
)
"""Codes of refusals that are about the petition, not about what was typed."""

NOT_NOW_OF_ORDERS = frozenset({"not-your-unit", "own-rating", "own-wish", "already-said", "not-collective"})


class WrongUse(BadInput):
    """What was typed cannot be meant; the message names the option and what was expected."""


class NotInstalled(Expected):
    """The command needs a package of an extra that is not installed; the message names both."""


def told(error: BaseException) -> tuple[int, str] | None:
    """The exit code and the sentence of an error we expect; None for any other."""
    if isinstance(error, Expected):
        return error.exit_code, str(error)
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
