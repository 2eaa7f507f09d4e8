"""The one table of what may follow what: which command, in which stages, where it leads, by which roles.

`decide` asks it first; `docs/life.md` renders it; a test walks every (stage, command) pair of it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aggregates.event import Role
from aggregates.petition import commands as c
from aggregates.petition.state import CLOCK_RUNS, IN_REVIEW, OPEN, WAITING, Stage

S = Stage
R = Role
Way = Mapping[Stage, frozenset[Stage]]


class Row(NamedTuple):
    """One command: from which stage it leads to which, the roles that may ask, and what it means for the resident."""

    way: Way
    roles: frozenset[Role]
    meaning: str

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
    c.Receive: Row(_leads({S.NEW}, S.RECEIVED), STAFF | {R.RESIDENT}, "taken in; the resident has a receipt"),
    c.Classify: Row(_leads({S.RECEIVED}, S.PROPOSED, S.TRIAGED), ENGINE, "the classifier proposes what kind it is"),
    c.Triage: Row(_leads({S.PROPOSED, S.RETURNED}, S.TRIAGED), DESK, "a person confirms or corrects the kind"),
    c.Dispatch: Row(_leads({S.TRIAGED, S.RETURNED}, S.DISPATCHED), DESK | ENGINE, "given to a unit"),
    c.Accept: Row(_leads({S.DISPATCHED}, S.ACCEPTED), STAFF, "the unit takes it"),
    c.Return: Row(_leads(AT_A_UNIT, S.RETURNED), STAFF, "the unit says it is not theirs"),
    c.Transfer: Row(_leads(AT_A_UNIT, S.DISPATCHED), STAFF, "moved to another unit of the same tier"),
    c.Reclassify: Row(_or_leads(AT_A_UNIT, S.TRIAGED), DESK, "its kind is corrected; the time used stays used"),
    c.Contact: Row(_stays(UNSETTLED), STAFF, "somebody spoke with the resident"),
    c.Assist: Row(_stays(AT_A_UNIT), STAFF, "another unit helps; the first stays responsible"),
    c.EndAssist: Row(_stays(HANDLED), STAFF, "the other unit need not help any more"),
    c.TakePapers: Row(_stays(AT_A_UNIT), STAFF, "papers are taken, to be carried for the resident"),
    c.CarryPapers: Row(_stays(HANDLED), STAFF, "the papers are where they had to go"),
    c.BringResult: Row(_stays(HANDLED | {S.REPLIED, S.CONFIRMED, S.CLOSED}), STAFF, "the resident has the result"),
    c.HandOver: Row(_stays(AT_A_UNIT), STAFF, "the resident is brought to a centre in person"),
    c.ConfirmHandOver: Row(_stays(HANDLED), STAFF, "the centre confirms that it has the resident"),
    c.OpenMediation: Row(_stays(AT_A_UNIT), STAFF, "the dispute is mediated by several parties"),
    c.EndMediation: Row(_stays(HANDLED), STAFF, "the mediation agreed or failed"),
    c.Refer: Row(_stays(AT_A_UNIT), DESK, "taken to the leading group or the joint meeting"),
    c.DecideReferral: Row(_stays(HANDLED), LEADER, "what the group or the meeting decided is on record"),
    c.Remind: Row(_stays(UNDER_WAY), ENGINE, "the unit is reminded before the deadline"),
    c.Escalate: Row(
        _leads(UNDER_WAY - {S.PROPOSED}, S.DISPATCHED) | _stays({S.PROPOSED}), ENGINE, "the tier above takes over"
    ),
    c.Warn: Row(_stays(RINGS), ENGINE, "a clock beside the tier's will end, or a review is late"),
    c.Breach: Row(_stays(RINGS), ENGINE, "a clock beside the tier's was missed; the leader hears of it"),
    c.Supervise: Row(_stays(UNSETTLED | IN_REVIEW), LEADER, "a leader watches it until it is settled"),
    c.RemindLeader: Row(_stays(RINGS), ENGINE, "the leader who watches it hears of it"),
    c.RequestExtension: Row(_stays(AT_A_UNIT), STAFF, "more time is asked for"),
    c.DecideExtension: Row(_stays(HANDLED | {S.RETURNED}), LEADER, "somebody else approves or refuses it"),
    c.Pause: Row(_leads(AT_A_UNIT | {S.PROPOSED}, S.PAUSED), STAFF, "the resident is asked for what is missing"),
    c.Resume: Row(
        _leads({S.PAUSED}, *AT_A_UNIT, S.PROPOSED), STAFF | ENGINE | {R.RESIDENT}, "answered, or the wait ran out"
    ),
    c.RequestParking: Row(_stays(AT_A_UNIT), STAFF, "somebody asks to park what cannot be done now"),
    c.DecideParking: Row(_or_leads(AT_A_UNIT, S.PARKED), LEADER, "somebody else approves or refuses it"),
    c.Unpark: Row(_leads({S.PARKED}, *AT_A_UNIT), STAFF | ENGINE, "it is looked at again"),
    c.Recompute: Row(
        _stays(UNSETTLED | IN_REVIEW | {S.MERGED}), ENGINE | LEADER, "its clocks are counted by what came into force"
    ),
    c.Merge: Row(_leads(UNSETTLED, S.MERGED), DESK, "the same thing was reported already"),
    c.Unmerge: Row(
        _leads({S.MERGED}, *UNSETTLED), ASKS | ENGINE, "not the same thing, or left alone by it; it goes on"
    ),
    c.AddResident: Row(_stays(UNSETTLED), STAFF | {R.RESIDENT}, "another resident asks for the same"),
    c.SetConfidential: Row(_stays(OPEN | {S.MERGED}), ASKS, "units are kept from knowing who asks, or no longer"),
    c.SetUrgency: Row(_stays(UNSETTLED | IN_REVIEW), STAFF, "served before others, or no longer"),
    c.Reply: Row(_leads(AT_A_UNIT, S.REPLIED), STAFF, "the resident is answered"),
    c.AskFollowUp: Row(_stays({S.REPLIED}), DESK | ENGINE, "the resident is asked whether it is settled"),
    c.Confirm: Row(_leads({S.REPLIED}, S.CONFIRMED), ASKS, "the resident says it is settled"),
    c.Dispute: Row(_leads({S.REPLIED, S.CLOSED}, S.DISPATCHED), ASKS, "the resident says it is not settled"),
    c.RequestReview: Row(
        _leads({S.REPLIED, S.CLOSED}, *IN_REVIEW), ASKS, "the resident asks for a review, or a second one"
    ),
    c.DecideReview: Row(
        _leads(IN_REVIEW, S.CLOSED, S.DISPATCHED), frozenset({R.OFFICER, R.LEADER}), "upheld, changed or revoked"
    ),
    c.Withdraw: Row(_leads(OPEN | {S.MERGED}, S.WITHDRAWN), ASKS, "the resident takes it back"),
    c.Close: Row(_leads({S.REPLIED, S.CONFIRMED}, S.CLOSED), DESK | ENGINE, "nothing more is owed"),
    c.ReadSealedFields: Row(
        _stays(frozenset(Stage) - {S.NEW}), STAFF | {R.SUPERVISOR}, "somebody looks at personal data, and says why"
    ),
    c.SetAside: Row(
        _stays(frozenset(Stage) - {S.NEW}) | _or_leads({S.DISPATCHED}, S.DISPATCHED, S.ACCEPTED, S.RETURNED),
        LEADER,
        "what the engine did before its time, by a wrong clock, counts no more",
    ),
}
