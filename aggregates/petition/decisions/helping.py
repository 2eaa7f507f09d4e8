"""Decisions about help: other units, papers, hand-over in person, mediation, referral to the leading group."""

from aggregates.event import Event
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions.decision import Decision, Decisions
from aggregates.petition.decisions.refusal import Refused, event_header, known
from aggregates.petition.decisions.routing import at_unit
from aggregates.petition.decisions.units import not_complained_about
from aggregates.petition.state import Petition
from rulebook.model import Rulebook


def assist(state: Petition, command: c.Assist, rules: Rulebook) -> tuple[Event, ...]:
    """Ask another unit, of any tier, to help.

    Raises:
        Refused: the unit is unknown, complained about, has it already, or assists already.
    """
    known("unit", rules.unit, command.unit)
    not_complained_about(state, command.unit)
    if command.unit == state.unit:
        raise Refused("same-unit", f"unit: {state.unit} has it already; name the unit that is to help")
    if command.unit in state.assisting:
        raise Refused("assists-already", f"unit: {command.unit} assists already")
    return (
        e.AssistAsked(
            **event_header(command, rules),
            unit=command.unit,
            by_unit=at_unit(state),
            resident=state.resident,
            reason=command.reason,
        ),
    )


def end_assist(state: Petition, command: c.EndAssist, rules: Rulebook) -> tuple[Event, ...]:
    """End a unit's help.

    Raises:
        Refused: the unit does not assist.
    """
    if command.unit not in state.assisting:
        assisting = ", ".join(state.assisting) or "nobody"
        raise Refused("does-not-assist", f"unit: expected one that assists ({assisting}); found {command.unit!r}")
    return (e.AssistEnded(**event_header(command, rules), unit=command.unit),)


def take_papers(state: Petition, command: c.TakePapers, rules: Rulebook) -> tuple[Event, ...]:
    """Take papers, by name: the matter's own, or any of the catalogue if the matter asks for none.

    Raises:
        Refused: the unit is unknown or complained about, papers are out already, or a paper is unknown.
    """
    known("unit", rules.unit, command.unit)
    not_complained_about(state, command.unit)
    if state.papers_stage in ("taken", "carried"):
        raise Refused("papers-out", "proxy: papers were taken already; bring the result first")
    matter = rules.matter(state.matter) if state.matter else None
    of_all = dict.fromkeys(paper for each in rules.matters for paper in each.papers)
    fitting = matter.papers if matter and matter.papers else tuple(of_all)
    for paper in command.papers:
        if paper not in fitting:
            raise Refused("unknown-paper", f"papers: expected among {'、'.join(fitting[:20])}; found {paper[:40]!r}")
    return (e.ProxyTaken(**event_header(command, rules), unit=command.unit, papers=command.papers),)


def carry_papers(state: Petition, command: c.CarryPapers, rules: Rulebook) -> tuple[Event, ...]:
    """The papers were delivered to the unit they are for.

    Raises:
        Refused: no papers are waiting to be carried.
    """
    if state.papers_stage != "taken":
        raise Refused("no-papers", "carry: no papers are waiting to be carried; take them with `proxy`")
    return (e.ProxyCarried(**event_header(command, rules), unit=state.papers_for or ""),)


def bring_result(state: Petition, command: c.BringResult, rules: Rulebook) -> tuple[Event, ...]:
    """The resident has the result.

    Raises:
        Refused: no papers were carried.
    """
    if state.papers_stage != "carried":
        raise Refused("no-papers", "bring-result: no papers were carried yet; note that first with `carry`")
    return (e.ProxyResultBrought(**event_header(command, rules), how=command.how),)


def hand_over(state: Petition, command: c.HandOver, rules: Rulebook) -> tuple[Event, ...]:
    """The resident is brought to a centre.

    Raises:
        Refused: the unit is unknown, complained about or no centre, or has confirmed already.
    """
    known("unit", rules.unit, command.unit)
    not_complained_about(state, command.unit)
    if command.unit not in rules.hand_over.centres:
        raise Refused(
            "no-centre", f"unit: expected one of {', '.join(rules.hand_over.centres)}; found {command.unit!r}"
        )
    if state.hand_over_confirmed and state.handed_over_to == command.unit:
        raise Refused("handed-over-already", f"hand-over: {command.unit} confirmed already that it has the resident")
    return (e.ResidentHandedOver(**event_header(command, rules, rules.hand_over.rule), unit=command.unit),)


def confirm_hand_over(state: Petition, command: c.ConfirmHandOver, rules: Rulebook) -> tuple[Event, ...]:
    """The centre confirms that it has the resident; nobody else can.

    Raises:
        Refused: no hand-over is open, or the actor is not of that centre.
    """
    centre = state.handed_over_to
    if centre is None or state.hand_over_confirmed:
        raise Refused(
            "nothing-to-confirm", "confirm-hand-over: nobody is on the way to a centre; note `hand-over` first"
        )
    if command.by.id not in known("unit", rules.unit, centre).staff:
        raise Refused(
            "not-the-centre", f"confirm-hand-over: only staff of {centre} can say that they have the resident"
        )
    clock = state.clocks.get("hand_over")
    on_time = command.judged_at <= clock.clock.due_at if clock and clock.owed else None
    return (e.HandOverConfirmed(**event_header(command, rules, rules.hand_over.rule), unit=centre, on_time=on_time),)


def open_mediation(state: Petition, command: c.OpenMediation, rules: Rulebook) -> tuple[Event, ...]:
    """Open a mediation of the dispute.

    Raises:
        Refused: one is open already, or a party is unknown.
    """
    if state.mediation:
        raise Refused("mediated-already", "mediate: a mediation is open; end it first with its outcome")
    for party in command.parties:
        if party not in rules.mediation.parties:
            expected = ", ".join(rules.mediation.parties)
            raise Refused("unknown-party", f"parties: expected among {expected}; found {party[:40]!r}")
    return (e.MediationOpened(**event_header(command, rules, rules.mediation.rule), parties=command.parties),)


def end_mediation(state: Petition, command: c.EndMediation, rules: Rulebook) -> tuple[Event, ...]:
    """Record the outcome of the mediation.

    Raises:
        Refused: no mediation is open.
    """
    if not state.mediation:
        raise Refused("no-mediation", "end-mediation: no mediation is open")
    return (
        e.MediationEnded(
            **event_header(command, rules, rules.mediation.rule),
            outcome=command.outcome,
            resident=state.resident,
            terms=command.terms,
        ),
    )


def refer(state: Petition, command: c.Refer, rules: Rulebook) -> tuple[Event, ...]:
    """Refer a grave or stuck matter to the leading group or joint meeting; the clocks run on.

    Raises:
        Refused: it is referred already.
    """
    if state.referred_to:
        raise Refused("referred-already", f"refer: it lies with the {state.referred_to} already; note its decision")
    return (
        e.PetitionReferred(
            **event_header(command, rules, rules.leader.rule),
            to=command.to,
            resident=state.resident,
            reason=command.reason,
        ),
    )


def decide_referral(state: Petition, command: c.DecideReferral, rules: Rulebook) -> tuple[Event, ...]:
    """Record the decision on a referral.

    Raises:
        Refused: it is not referred.
    """
    if state.referred_to is None:
        raise Refused("not-referred", "decide-referral: it was referred to nobody; use `refer` first")
    return (
        e.ReferralDecided(
            **event_header(command, rules, rules.leader.rule),
            to=state.referred_to,
            resident=state.resident,
            decision=command.decision,
        ),
    )


DECISIONS: Decisions = {
    c.Assist: Decision(assist, e.AssistAsked),
    c.EndAssist: Decision(end_assist, e.AssistEnded, lambda state: not state.assisting),
    c.TakePapers: Decision(take_papers, e.ProxyTaken),
    c.CarryPapers: Decision(carry_papers, e.ProxyCarried, lambda state: state.papers_stage != "taken"),
    c.BringResult: Decision(bring_result, e.ProxyResultBrought, lambda state: state.papers_stage != "carried"),
    c.HandOver: Decision(hand_over, e.ResidentHandedOver),
    c.ConfirmHandOver: Decision(
        confirm_hand_over, e.HandOverConfirmed, lambda state: state.handed_over_to is None or state.hand_over_confirmed
    ),
    c.OpenMediation: Decision(open_mediation, e.MediationOpened, lambda state: bool(state.mediation)),
    c.EndMediation: Decision(end_mediation, e.MediationEnded, lambda state: not state.mediation),
    c.Refer: Decision(refer, e.PetitionReferred, lambda state: state.referred_to is not None),
    c.DecideReferral: Decision(decide_referral, e.ReferralDecided, lambda state: state.referred_to is None),
}
