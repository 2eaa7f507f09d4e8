"""How a resident is known at the shell: by their code, asked for by a prompt, from standard input or from a file.

A code is never an argument: those stand in the shell's history and in the list of processes.
"""

import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

from cyclopts import Parameter

from aggregates.known import NOTED, Known, Seen
from cli.doors import intake_of, stream_of_receipt
from cli.failures import WrongUse
from cli.words import STDIN, on_terminal

if TYPE_CHECKING:
    from aggregates.event import Actor
    from cli.acting import LookUp
    from office.codes import Codes
    from office.composition import Office

MOST = 200
"""Characters of a first line that may hold a code."""

CodeFrom = Annotated[
    str | None,
    Parameter(
        name="--code-from",
        allow_leading_hyphen=True,
        help="A file whose first line is the resident's code (查询码), or - for standard input; "
        "without it you are asked.",
    ),
]
SeenHere = Annotated[
    Seen | None,
    Parameter(
        name="--seen",
        help="With --by, of a resident who came in person: what you looked at, id_card 身份证, household_book 户口簿, "
        "residence_permit 居住证 or social_card 社保卡. Withdrawing and lifting confidentiality need it, or the code.",
    ),
]


class Shown(NamedTuple):
    """What somebody showed of who they are: a code, or a paper; neither: staff only note what they said."""

    code: str | None
    seen: Seen | None


def shown(by: str | None, code_from: str | None, seen: Seen | None) -> Shown:
    """What was shown; a resident with nobody of the staff is asked for the code.

    Raises:
        WrongUse: there is neither a code nor anybody to ask, or both a code and a paper.
        OSError: the file cannot be read.
    """
    if by is None and seen is not None:
        raise WrongUse("--seen: goes with --by: who looked at it")
    if seen is not None and code_from is not None:
        raise WrongUse("--seen, --code-from: expected one of them")
    if by is not None and code_from is None:
        return Shown(None, seen)
    return Shown(_read(code_from), None)


def _read(code_from: str | None) -> str:
    if code_from is None:
        if not on_terminal():
            raise WrongUse(
                "--code-from: expected a file with the resident's code, or - for standard input 请提供查询码"
            )
        return getpass("查询码 code: ")[:MOST]
    if code_from == STDIN:
        return sys.stdin.readline(MOST) if sys.stdin else ""
    with Path(code_from).open(encoding="utf-8", errors="replace") as file:
        return file.readline(MOST)


def known_in(codes: "Codes", stream: str, first: str, shown: Shown, ours: "Office") -> Known:
    """How the resident who asked first is known.

    Raises:
        Refused: the code is mistyped, wrong, another resident's, or not tried any more.
    """
    if shown.code is not None:
        return codes.known(stream, first, shown.code, ours.now())
    return Known(how="counter", seen=shown.seen) if shown.seen else NOTED


def with_known(look_up: "LookUp | None", shown: Shown, own: str | None = None) -> "LookUp":
    """A look-up that also finds how the resident is known: of the stream the act is about, or of the receipt `own`."""

    def found(ours: "Office", stream: str, who: "Actor") -> dict[str, Any]:
        others = look_up(ours, stream, who) if look_up else {}
        whose = stream if own is None else stream_of_receipt(ours, own)
        first: str = getattr(ours.event_log.read(whose)[0].event, "resident", "")
        return {**others, "known": known_in(intake_of(ours).codes, whose, first, shown, ours)}

    return cast("LookUp", found)
