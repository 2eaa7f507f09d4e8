"""Decisions about the answer: reply, follow-up, dispute, review and second review, the end."""

from datetime import datetime
from typing import Literal

from aggregates.event import Event
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import Step
from aggregates.petition.decisions.promises import promised, window_end
from aggregates.petition.decisions.refusal import Refused, event_header, owed, shown
from aggregates.petition.decisions.routing import at_unit
from aggregates.petition.decisions.units import escalated, first_desk, leaders_unit
from aggregates.petition.decisions.waiting import by_engine
from aggregates.petition.parts import stands_above
from aggregates.petition.state import Petition, Stage, evolve, review_clock
from rulebook.clocks import opening_after
from rulebook.model import Rulebook


def reply(state: Petition, command: c.Reply, rules: Rulebook) -> tuple[Event, ...]:
    """The resident is answered; every clock stops."""
    due_at = state.due_at
    return (
        e.PetitionReplied(
            **event_header(command, rules, state.clock.rule if state.clock else None),
            unit=at_unit(state),
            resident=state.resident,
            outcome=command.outcome,
            text=command.text,
            grounds=command.grounds,
            on_time=due_at is None or command.judged_at <= due_at,
            ask_at=opening_after(command.at, rules.follow_up.ask_after_days, rules),
            dispute_by=window_end(command.at, rules.follow_up.dispute_within_days, rules),
            review_by=window_end(command.at, rules.reviews.request_within_days, rules),
        ),
    )


def ask(state: Petition, command: c.AskFollowUp, rules: Rulebook) -> tuple[Event, ...]:
    """The resident is asked, once."""
    if state.answer_by is not None:
        raise Refused("already-asked", "follow-up: the resident was asked already; note the answer: confirm or dispute")
    if by_engine(command):
        owed(state, command, Step.FOLLOW_UP, rules)
    until = opening_after(command.at, rules.follow_up.close_after_days, rules)
    return (e.FollowUpAsked(**event_header(command, rules, rules.follow_up.rule), answer_by=until),)


def confirm(_: Petition, command: c.Confirm, rules: Rulebook) -> tuple[Event, ...]:
    """The resident says it is settled."""
    return (e.PetitionConfirmed(**event_header(command, rules), satisfied=command.satisfied),)


def dispute(state: Petition, command: c.Dispute, rules: Rulebook) -> tuple[Event, ...]:
    """The resident says it is not settled: the tier above has it, also after the petition was closed."""
    if state.stage is Stage.CLOSED:
        if state.review_level:
            raise Refused("review-decided", "dispute: a review has decided; what is left is a second review, if any")
        _within(state.dispute_by, command, "ask for a review instead", rules)
    disputed = e.PetitionDisputed(
        **event_header(command, rules, rules.follow_up.rule), resident=state.resident, reason=command.reason
    )
    return (disputed, escalated(evolve(state, disputed), command, rules, "dispute", None))


def _within(until: datetime | None, command: c.Command, instead: str, rules: Rulebook) -> None:
    """Refuse what comes after its window.

    Raises:
        Refused: it is over.
    """
    if until is not None and command.at > until:
        raise Refused("window-closed", f"{command.NAME}: the time for it ended {shown(until, rules)}; {instead}")


def request_review(state: Petition, command: c.RequestReview, rules: Rulebook) -> tuple[Event, ...]:
    """The tier above the one that decided looks at the decision again; the second review is one tier higher still."""
    if state.final:
        raise Refused("final", "request-review: the second review has decided, and that is final")
    _within(state.review_by, command, "a new petition can be handed in at any time", rules)
    level: Literal[1, 2] = 2 if state.review_level else 1
    tier, unit = _reviewing(
        state.review_tier if level == 2 else None if state.with_leader else state.tier, state, rules
    )
    rule = rules.reviews.second if level == 2 else rules.reviews.first
    return (
        e.ReviewRequested(
            **event_header(command, rules, rules.reviews.rule),
            level=level,
            tier=tier,
            unit=unit,
            clock=promised(rule, command.at, rules, review_clock(level)),
            resident=state.resident,
            reason=command.reason,
        ),
    )


def _reviewing(decided: str | None, state: Petition, rules: Rulebook) -> tuple[str | None, str]:
    """The tier above the one that decided, and its desk, where somebody had no part in the case; None: the leader.

    Where nobody is left there, the one above; where nobody is left with the leader, whoever stands in.
    """
    above = rules.tier_after(decided) if decided else None
    while above:
        tier, unit = first_desk(state.category or "", above.id, state, rules)
        if tier is None:
            break
        if _somebody_is_left(unit, state, rules):
            return tier, unit
        above = rules.tier_after(tier)
    leader = leaders_unit(state, rules)
    stands_in = rules.leader.stands_in
    nobody = not _somebody_is_left(leader, state, rules) and stands_in != state.complained_about
    return None, stands_in if nobody and _somebody_is_left(stands_in, state, rules) else leader


def _somebody_is_left(unit: str, state: Petition, rules: Rulebook) -> bool:
    return bool({*rules.unit(unit).staff} - {*state.handled_by})


def decide_review(state: Petition, command: c.DecideReview, rules: Rulebook) -> tuple[Event, ...]:
    """Somebody of the reviewing tier or above it decides, who had nothing to do with the case."""
    if command.by.id in state.handled_by:
        raise Refused(
            "decided-before",
            f"decide-review: {command.by.id} handled or decided it before; somebody else of the tier above decides",
        )
    if not stands_above(command.by.id, state.review_tier, rules):
        of = state.review_tier or f"unit {rules.leader.unit}"
        raise Refused("not-above", f"decide-review: {command.by.id} is not of the {of} or above it, which decides this")
    level: Literal[1, 2] = 2 if state.review_level == 2 else 1
    clock = state.clocks[review_clock(level)].clock
    revoked = command.outcome == "revoked"
    final = level == 2 and not revoked
    decided = e.ReviewDecided(
        **event_header(command, rules, clock.rule),
        level=level,
        outcome=command.outcome,
        unit=state.review_unit or "",
        on_time=command.judged_at <= clock.due_at,
        final=final,
        review_by=None if revoked or final else window_end(command.at, rules.reviews.request_within_days, rules),
        resident=state.resident,
        text=command.text,
        grounds=command.grounds,
    )
    if not revoked:
        return (decided,)
    return (decided, escalated(evolve(state, decided), command, rules, "review", None))


def close(state: Petition, command: c.Close, rules: Rulebook) -> tuple[Event, ...]:
    """Nothing more is owed."""
    owed(state, command, Step.CLOSE, rules)
    confirmed = state.stage is Stage.CONFIRMED
    rule = None if confirmed else rules.follow_up.rule
    return (e.PetitionClosed(**event_header(command, rules, rule), reason="confirmed" if confirmed else "unanswered"),)
