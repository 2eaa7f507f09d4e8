"""The one table of what may follow what: which command, in which stages, where it leads, by which roles, for whom.

`decide` asks it first; `docs/life.md` renders it; a test walks every (stage, command) pair of it. Of the staff a
command is for those who have one of its `parts` in the petition (`for_whom.py`).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aggregates.event import Role
from aggregates.petition import commands as c
from aggregates.petition import for_whom as whom
from aggregates.petition.for_whom import Part
from aggregates.petition.state import CLOCK_RUNS, IN_REVIEW, OPEN, WAITING, Stage

S = Stage
R = Role
P = Part
Way = Mapping[Stage, frozenset[Stage]]


class Row(NamedTuple):
    """One command: from which stage it leads to which, who may ask, what it means for the resident.

    `parts`: what somebody of the staff must have to do with the petition, one of them; `why`: why those.
    """

    way: Way
    roles: frozenset[Role]
    parts: frozenset[Part]
    meaning: str
    why: str

    @property
    def stages(self) -> frozenset[Stage]:
        """The stages it is allowed in."""
        return frozenset(self.way)


def _leads(stages: Iterable[Stage], *to: Stage) -> dict[Stage, frozenset[Stage]]:
    return {stage: frozenset(to) for stage in stages}


def _stays(stages: Iterable[Stage]) -> dict[Stage, frozenset[Stage]]:
    return {stage: frozenset({stage}) for stage in stages}


def _or_leads(stages: Iterable[Stage], *to: Stage) -> dict[Stage, frozenset[Stage]]:
    return {stage: frozenset({stage, *to}) for stage in stages}


STAFF = frozenset({R.CLERK, R.OFFICER, R.LEADER})
DESK = frozenset({R.CLERK, R.LEADER})
ASKS = DESK | {R.RESIDENT}
LEADER = frozenset({R.LEADER})
ENGINE = frozenset({R.ENGINE})
AT_A_UNIT = frozenset({S.DISPATCHED, S.ACCEPTED})
UNDER_WAY = AT_A_UNIT | {S.PROPOSED, S.RETURNED}
UNSETTLED = CLOCK_RUNS | WAITING
"""From the receipt until the reply."""
RINGS = UNDER_WAY | WAITING | IN_REVIEW
"""Where other clocks than the tier's may ring."""
HANDLED = AT_A_UNIT | WAITING

TABLE: Mapping[type[c.Command], Row] = {
    c.Receive: Row(
        _leads({S.NEW}, S.RECEIVED),
        STAFF | {R.RESIDENT},
        whom.ANYBODY,
        "taken in; the resident has a receipt",
        "one door: whoever is asked takes it in, at the counter as on the stairs",
    ),
    c.Classify: Row(
        _leads({S.RECEIVED}, S.PROPOSED, S.TRIAGED),
        ENGINE,
        whom.NOBODY,
        "the classifier proposes what kind it is",
        "the engine's",
    ),
    c.Triage: Row(
        _leads({S.PROPOSED, S.RETURNED}, S.TRIAGED),
        DESK,
        whom.DOOR,
        "a person confirms or corrects the kind",
        "the door says what kind it is; a leader, where units disagree",
    ),
    c.Dispatch: Row(
        _leads({S.TRIAGED, S.RETURNED}, S.DISPATCHED),
        DESK | ENGINE,
        whom.DOOR,
        "given to a unit",
        "the door sends it on; a leader, where units disagree",
    ),
    c.Accept: Row(
        _leads({S.DISPATCHED}, S.ACCEPTED),
        STAFF,
        whom.UNIT | {P.ON_THE_SPOT},
        "the unit takes it",
        "the unit takes it, or a section or building lead who settles it on the spot",
    ),
    c.Return: Row(
        _leads(AT_A_UNIT, S.RETURNED),
        STAFF,
        whom.UNIT,
        "the unit says it is not theirs",
        "only the unit can say that it is not theirs",
    ),
    c.Transfer: Row(
        _leads(AT_A_UNIT, S.DISPATCHED),
        STAFF,
        whom.UNIT | whom.LEADER,
        "moved to another unit of the same tier",
        "the unit passes it on, or a leader settles whose it is",
    ),
    c.Reclassify: Row(
        _or_leads(AT_A_UNIT, S.TRIAGED),
        DESK,
        whom.DOOR,
        "its kind is corrected; the time used stays used",
        "who sorted it corrects it; it moves deadlines, so no unit does it to its own",
    ),
    c.Contact: Row(
        _stays(UNSETTLED),
        STAFF,
        whom.ANYBODY,
        "somebody spoke with the resident",
        "whoever spoke with the resident did; it needs no look at the file",
    ),
    c.Assist: Row(
        _stays(AT_A_UNIT),
        STAFF,
        whom.UNIT | whom.LEADER,
        "another unit helps; the first stays responsible",
        "who is responsible asks for help, or a leader orders it",
    ),
    c.EndAssist: Row(
        _stays(HANDLED),
        STAFF,
        whom.UNIT | whom.LEADER,
        "the other unit need not help any more",
        "who asked for help ends it; a helper does not excuse itself",
    ),
    c.TakePapers: Row(
        _stays(AT_A_UNIT),
        STAFF,
        whom.CARRIES,
        "papers are taken, to be carried for the resident",
        "the door, who took it in and whoever works on it carry for the resident",
    ),
    c.CarryPapers: Row(
        _stays(HANDLED),
        STAFF,
        whom.CARRIES | {P.PAPERS},
        "the papers are where they had to go",
        "who carried them says so, or the unit that has them now",
    ),
    c.BringResult: Row(
        _stays(HANDLED | {S.REPLIED, S.CONFIRMED, S.CLOSED}),
        STAFF,
        whom.CARRIES | {P.PAPERS},
        "the resident has the result",
        "who brought it says so, or the unit where it was fetched",
    ),
    c.HandOver: Row(
        _stays(AT_A_UNIT),
        STAFF,
        whom.ANYBODY,
        "the resident is brought to a centre in person",
        "whoever brings the resident there in person; it shows nobody anything",
    ),
    c.ConfirmHandOver: Row(
        _stays(HANDLED),
        STAFF,
        frozenset({P.CENTRE}),
        "the centre confirms that it has the resident",
        "the centre itself, and nobody for it",
    ),
    c.OpenMediation: Row(
        _stays(AT_A_UNIT),
        STAFF,
        whom.AT_WORK | {P.NOTES},
        "the dispute is mediated by several parties",
        "whoever works on it brings the parties to a table",
    ),
    c.EndMediation: Row(
        _stays(HANDLED),
        STAFF,
        whom.AT_WORK | {P.NOTES},
        "the mediation agreed or failed",
        "whoever works on it notes what the table agreed",
    ),
    c.Refer: Row(
        _stays(AT_A_UNIT),
        DESK,
        whom.DOOR | {P.IN_CHARGE},
        "taken to the leading group or the joint meeting",
        "the unit that is stuck, the door that reports up, a leader",
    ),
    c.DecideReferral: Row(
        _stays(HANDLED), LEADER, whom.LEADER, "what the group or the meeting decided is on record", "leaders sit there"
    ),
    c.Remind: Row(_stays(UNDER_WAY), ENGINE, whom.NOBODY, "the unit is reminded before the deadline", "the engine's"),
    c.Escalate: Row(
        _leads(UNDER_WAY - {S.PROPOSED}, S.DISPATCHED) | _stays({S.PROPOSED}),
        ENGINE,
        whom.NOBODY,
        "the tier above takes over",
        "the engine's",
    ),
    c.Warn: Row(
        _stays(RINGS), ENGINE, whom.NOBODY, "a clock beside the tier's will end, or a review is late", "the engine's"
    ),
    c.Breach: Row(
        _stays(RINGS),
        ENGINE,
        whom.NOBODY,
        "a clock beside the tier's was missed; the leader hears of it",
        "the engine's",
    ),
    c.Supervise: Row(
        _stays(UNSETTLED | IN_REVIEW),
        LEADER,
        whom.LEADER,
        "a leader watches it until it is settled",
        "a leader of its tier or above can ask the unit what it does",
    ),
    c.RemindLeader: Row(_stays(RINGS), ENGINE, whom.NOBODY, "the leader who watches it hears of it", "the engine's"),
    c.RequestExtension: Row(
        _stays(AT_A_UNIT), STAFF, whom.UNIT, "more time is asked for", "whose deadline it is asks for more time"
    ),
    c.DecideExtension: Row(
        _stays(HANDLED | {S.RETURNED}),
        LEADER,
        whom.LEADER,
        "somebody else approves or refuses it",
        "leaders approve, and never their own request",
    ),
    c.Pause: Row(
        _leads(AT_A_UNIT | {S.PROPOSED}, S.PAUSED),
        STAFF,
        whom.UNIT | {P.DOORS_TURN},
        "the resident is asked for what is missing",
        "who needs something from the resident: the unit; before the dispatch the door",
    ),
    c.Resume: Row(
        _leads({S.PAUSED}, *AT_A_UNIT, S.PROPOSED),
        STAFF | ENGINE | {R.RESIDENT},
        whom.ANYBODY,
        "answered, or the wait ran out",
        "the resident's word may be brought to anybody; it lets the clock run on",
    ),
    c.RequestParking: Row(
        _stays(AT_A_UNIT),
        STAFF,
        whom.UNIT,
        "somebody asks to park what cannot be done now",
        "who cannot do it now says so",
    ),
    c.DecideParking: Row(
        _or_leads(AT_A_UNIT, S.PARKED),
        LEADER,
        whom.LEADER,
        "somebody else approves or refuses it",
        "leaders approve, and never their own request",
    ),
    c.Unpark: Row(
        _leads({S.PARKED}, *AT_A_UNIT),
        STAFF | ENGINE,
        whom.UNIT | whom.LEADER,
        "it is looked at again",
        "who can do it now says so, or a leader wants it done",
    ),
    c.Recompute: Row(
        _stays(UNSETTLED | IN_REVIEW | {S.MERGED}),
        ENGINE | LEADER,
        whom.LEADER,
        "its clocks are counted by what came into force",
        "the engine does it at each adoption; by hand a leader",
    ),
    c.Merge: Row(
        _leads(UNSETTLED, S.MERGED),
        DESK,
        whom.DOOR,
        "the same thing was reported already",
        "the door sees what was handed in twice",
    ),
    c.Unmerge: Row(
        _leads({S.MERGED}, *UNSETTLED),
        ASKS | ENGINE,
        whom.DOOR,
        "not the same thing, or left alone by it; it goes on",
        "who merged it takes it back, or the resident",
    ),
    c.AddResident: Row(
        _stays(UNSETTLED),
        STAFF | {R.RESIDENT},
        whom.ANYBODY,
        "another resident asks for the same",
        "taken in like a petition, by whoever is asked",
    ),
    c.SetConfidential: Row(
        _stays(OPEN | {S.MERGED}),
        ASKS,
        frozenset({P.DOOR, P.TOOK_IN, P.LEADER}),
        "units are kept from knowing who asks, or no longer",
        "the resident's word; never a unit's own, as it hides who asks from it",
    ),
    c.SetUrgency: Row(
        _stays(UNSETTLED | IN_REVIEW),
        STAFF,
        whom.CARRIES | {P.ON_THE_SPOT, P.LEADER},
        "served before others, or no longer",
        "whoever has to do with it sees the danger; it is taken back by them, too",
    ),
    c.Reply: Row(
        _leads(AT_A_UNIT, S.REPLIED),
        STAFF,
        whom.UNIT | {P.BELOW, P.ON_THE_SPOT},
        "the resident is answered",
        "the unit answers, or the one below that kept working; a section or building lead settles on the spot",
    ),
    c.AskFollowUp: Row(
        _stays({S.REPLIED}),
        DESK | ENGINE,
        whom.DOOR,
        "the resident is asked whether it is settled",
        "somebody else than who answered asks whether it is settled",
    ),
    c.Confirm: Row(
        _leads({S.REPLIED}, S.CONFIRMED),
        ASKS,
        frozenset({P.DOOR, P.TOOK_IN, P.ON_THE_SPOT, P.LEADER}),
        "the resident says it is settled",
        "the resident's word; it ends the case, so no unit says it",
    ),
    c.Dispute: Row(
        _leads({S.REPLIED, S.CLOSED}, S.DISPATCHED),
        ASKS,
        whom.ANYBODY,
        "the resident says it is not settled",
        "the resident's word, which nobody may be sent away with",
    ),
    c.RequestReview: Row(
        _leads({S.REPLIED, S.CLOSED}, *IN_REVIEW),
        ASKS,
        whom.ANYBODY,
        "the resident asks for a review, or a second one",
        "the resident's word, which nobody may be sent away with",
    ),
    c.DecideReview: Row(
        _leads(IN_REVIEW, S.CLOSED, S.DISPATCHED),
        frozenset({R.OFFICER, R.LEADER}),
        frozenset({P.REVIEWING, P.LEADER}),
        "upheld, changed or revoked",
        "the unit that reviews, or a leader of its tier or above; never who handled it before",
    ),
    c.Withdraw: Row(
        _leads(OPEN | {S.MERGED}, S.WITHDRAWN),
        ASKS,
        frozenset({P.DOOR, P.TOOK_IN, P.LEADER}),
        "the resident takes it back",
        "the resident's word; it ends the case, so no unit says it",
    ),
    c.GiveCode: Row(
        _stays(frozenset(Stage) - {S.NEW}),
        DESK,
        frozenset({P.DOOR, P.TOOK_IN, P.LEADER}),
        "the resident came in person and has a new code",
        "who keeps the door looks at a paper; never a unit, which could act in the resident's name",
    ),
    c.Close: Row(
        _leads({S.REPLIED, S.CONFIRMED}, S.CLOSED),
        DESK | ENGINE,
        whom.DOOR,
        "nothing more is owed",
        "the door puts away what is settled",
    ),
    c.ReadSealedFields: Row(
        _stays(frozenset(Stage) - {S.NEW}),
        STAFF | {R.SUPERVISOR},
        whom.AT_WORK | {P.REVIEWING, P.TOOK_IN, P.DOORS_TURN, P.LEADER},
        "somebody looks at personal data, and says why",
        "who works on it, who took it in, the door while it sorts or asks back, leaders and the committee; nobody else",
    ),
    c.SetAside: Row(
        _stays(frozenset(Stage) - {S.NEW}) | _or_leads({S.DISPATCHED}, S.DISPATCHED, S.ACCEPTED, S.RETURNED),
        LEADER,
        whom.LEADER,
        "what the engine did before its time, by a wrong clock, counts no more",
        "it gives a unit its time back, so no unit does it to its own",
    ),
}
