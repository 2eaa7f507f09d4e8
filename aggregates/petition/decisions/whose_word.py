"""Whose word an act is: the resident's own needs their code; staff note it, and what ends a case asks for more."""

from aggregates.command import ResidentsWord
from aggregates.event import Role
from aggregates.known import BEFORE_CODES, NOTED, Known
from aggregates.petition.decisions.refusal import Refused


def whose_word(command: ResidentsWord, *, proven: bool = False) -> Known | None:
    """How the resident was known whose word this is, as the event keeps it; None: it is the engine's.

    `proven`: it cannot be taken back, so that a note of the staff alone is not enough.

    Raises:
        Refused: the resident did not give their code; or it has to be proven, and neither was a code given nor did
            anybody at the counter look at a paper.
    """
    if command.by.role is Role.ENGINE:
        return None
    known = command.known
    if known == BEFORE_CODES:  # decided again from the record
        return known
    if command.by.role is Role.RESIDENT:
        if known is None or known.how != "code":
            raise Refused("code-needed", f"{command.NAME}: the resident acts with the code that came with the receipt")
        return known
    known = known or NOTED
    if proven and not known.proven:
        raise Refused(
            "not-proven",
            f"{command.NAME}: needs the resident's code, or the resident at the counter with a paper that is looked at "
            "(--seen)",
        )
    return known
