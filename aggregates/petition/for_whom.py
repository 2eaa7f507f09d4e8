"""The one table of whose petition it is: for each command, what part somebody of the staff must have in the petition.

It stands beside `what_may_follow.py`, which says when and in which role; `decide` asks both, `docs/life.md` renders
both. Who has which part is found in `parts.py`. The resident acts with the receipt, the engine by the agenda, and the
supervisory committee sees everything and changes nothing: none of them needs a part.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from aggregates.petition import commands as c


class Part(StrEnum):
    """What somebody of the staff has to do with a petition. The words are those of a refusal."""

    ANYBODY = "anybody of the staff"
    DOOR = "who keeps the door"
    DOORS_TURN = "who keeps the door, while the next step is the door's"
    TOOK_IN = "who took it in"
    ON_THE_SPOT = "the section or building lead of the place, at the lowest tier"
    IN_CHARGE = "the unit in charge"
    BELOW = "a unit below that keeps working"
    ASSISTING = "a unit that assists"
    NOTES = "who notes for the units of its tier"
    PAPERS = "the unit the papers are for"
    CENTRE = "the centre the resident is brought to"
    REVIEWING = "the unit that reviews"
    LEADER = "a leader of its tier or above"


class For(NamedTuple):
    """Whom a command is for, and why."""

    parts: frozenset[Part]
    why: str


P = Part
UNIT = frozenset({P.IN_CHARGE, P.NOTES})
"""What the unit alone decides, noted by itself or, where the rulebook says so, for it."""
AT_WORK = frozenset({P.IN_CHARGE, P.BELOW, P.ASSISTING})
CARRIES = AT_WORK | {P.DOOR, P.TOOK_IN}
DOOR = frozenset({P.DOOR, P.LEADER})
ANYBODY = frozenset({P.ANYBODY})
LEADER = frozenset({P.LEADER})
NOBODY: frozenset[Part] = frozenset()

FOR_WHOM: Mapping[type[c.Command], For] = {
    c.Receive: For(ANYBODY, "one door: whoever is asked takes it in, at the counter as on the stairs"),
    c.Classify: For(NOBODY, "the engine's"),
    c.Triage: For(DOOR, "the door says what kind it is; a leader, where units disagree"),
    c.Dispatch: For(DOOR, "the door sends it on; a leader, where units disagree"),
    c.Accept: For(
        UNIT | {P.ON_THE_SPOT}, "the unit takes it, or a section or building lead who settles it on the spot"
    ),
    c.Return: For(UNIT, "only the unit can say that it is not theirs"),
    c.Transfer: For(UNIT | LEADER, "the unit passes it on, or a leader settles whose it is"),
    c.Reclassify: For(DOOR, "who sorted it corrects it; it moves deadlines, so no unit does it to its own"),
    c.Contact: For(ANYBODY, "whoever spoke with the resident did; it needs no look at the file"),
    c.Assist: For(UNIT | LEADER, "who is responsible asks for help, or a leader orders it"),
    c.EndAssist: For(UNIT | LEADER, "who asked for help ends it; a helper does not excuse itself"),
    c.TakePapers: For(CARRIES, "the door, who took it in and whoever works on it carry for the resident"),
    c.CarryPapers: For(CARRIES | {P.PAPERS}, "who carried them says so, or the unit that has them now"),
    c.BringResult: For(CARRIES | {P.PAPERS}, "who brought it says so, or the unit where it was fetched"),
    c.HandOver: For(ANYBODY, "whoever brings the resident there in person; it shows nobody anything"),
    c.ConfirmHandOver: For(frozenset({P.CENTRE}), "the centre itself, and nobody for it"),
    c.OpenMediation: For(AT_WORK | {P.NOTES}, "whoever works on it brings the parties to a table"),
    c.EndMediation: For(AT_WORK | {P.NOTES}, "whoever works on it notes what the table agreed"),
    c.Refer: For(DOOR | {P.IN_CHARGE}, "the unit that is stuck, the door that reports up, a leader"),
    c.DecideReferral: For(LEADER, "leaders sit there"),
    c.Remind: For(NOBODY, "the engine's"),
    c.Escalate: For(NOBODY, "the engine's"),
    c.Warn: For(NOBODY, "the engine's"),
    c.Breach: For(NOBODY, "the engine's"),
    c.Supervise: For(LEADER, "a leader of its tier or above can ask the unit what it does"),
    c.RemindLeader: For(NOBODY, "the engine's"),
    c.RequestExtension: For(UNIT, "whose deadline it is asks for more time"),
    c.DecideExtension: For(LEADER, "leaders approve, and never their own request"),
    c.Pause: For(
        UNIT | {P.DOORS_TURN}, "who needs something from the resident: the unit; before the dispatch the door"
    ),
    c.Resume: For(ANYBODY, "the resident's word may be brought to anybody; it lets the clock run on"),
    c.RequestParking: For(UNIT, "who cannot do it now says so"),
    c.DecideParking: For(LEADER, "leaders approve, and never their own request"),
    c.Unpark: For(UNIT | LEADER, "who can do it now says so, or a leader wants it done"),
    c.Recompute: For(LEADER, "the engine does it at each adoption; by hand a leader"),
    c.Merge: For(DOOR, "the door sees what was handed in twice"),
    c.Unmerge: For(DOOR, "who merged it takes it back, or the resident"),
    c.AddResident: For(ANYBODY, "taken in like a petition, by whoever is asked"),
    c.SetConfidential: For(
        frozenset({P.DOOR, P.TOOK_IN, P.LEADER}),
        "the resident's word; never a unit's own, as it hides who asks from it",
    ),
    c.SetUrgency: For(
        CARRIES | {P.ON_THE_SPOT, P.LEADER}, "whoever has to do with it sees the danger; it is taken back by them, too"
    ),
    c.Reply: For(
        UNIT | {P.BELOW, P.ON_THE_SPOT},
        "the unit answers, or the one below that kept working; a section or building lead settles on the spot",
    ),
    c.AskFollowUp: For(DOOR, "somebody else than who answered asks whether it is settled"),
    c.Confirm: For(
        frozenset({P.DOOR, P.TOOK_IN, P.ON_THE_SPOT, P.LEADER}),
        "the resident's word; it ends the case, so no unit says it",
    ),
    c.Dispute: For(ANYBODY, "the resident's word, which nobody may be sent away with"),
    c.RequestReview: For(ANYBODY, "the resident's word, which nobody may be sent away with"),
    c.DecideReview: For(
        frozenset({P.REVIEWING, P.LEADER}),
        "the unit that reviews, or a leader of its tier or above; never who handled it before",
    ),
    c.Withdraw: For(
        frozenset({P.DOOR, P.TOOK_IN, P.LEADER}), "the resident's word; it ends the case, so no unit says it"
    ),
    c.Close: For(DOOR, "the door puts away what is settled"),
    c.ReadSealedFields: For(
        AT_WORK | {P.REVIEWING, P.TOOK_IN, P.DOORS_TURN, P.LEADER},
        "who works on it, who took it in, the door while it sorts or asks back, leaders and the committee; nobody else",
    ),
    c.SetAside: For(LEADER, "it gives a unit its time back, so no unit does it to its own"),
}

MAY_KNOW_WHO = frozenset({P.TOOK_IN, P.DOORS_TURN, P.LEADER})
"""Who may see the identity behind a confidential petition; units never do."""
