"""Decisions about the answer: reply, follow-up, dispute, review and second review, the end."""

from datetime import datetime
from typing import Literal

from aggregates.event import Event
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import Step
from aggregates.petition.decisions.decision import Decision, Decisions
from aggregates.petition.decisions.promises import promised, window_end
from aggregates.petition.decisions.refusal import Refused, event_header, owed, shown
from aggregates.petition.decisions.routing import at_unit
from aggregates.petition.decisions.units import escalated, first_desk, leaders_unit
from aggregates.petition.decisions.waiting import by_engine
from aggregates.petition.decisions.whose_word import whose_word
from aggregates.petition.parts import stands_above
from aggregates.petition.state import Petition, Stage, evolve, review_clock
from rulebook.clocks import opening_after
from rulebook.model import Rulebook


def reply(state: Petition, command: c.Reply, rules: Rulebook) -> tuple[Event, ...]:
    """Answer the resident; every clock stops."""
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
    """Ask the resident, once, whether it is settled.

    Raises:
        Refused: the resident was asked already, or the engine asks before the step is due.
    """
    if state.answer_by is not None:
        raise Refused("already-asked", "follow-up: the resident was asked already; note the answer: confirm or dispute")
    if by_engine(command):
        owed(state, command, Step.FOLLOW_UP, rules)
    until = opening_after(command.at, rules.follow_up.close_after_days, rules)
    return (e.FollowUpAsked(**event_header(command, rules, rules.follow_up.rule), answer_by=until),)


def confirm(_: Petition, command: c.Confirm, rules: Rulebook) -> tuple[Event, ...]:
    """The resident confirms that it is settled."""
    said = {"satisfied": command.satisfied, "known": whose_word(command)}
    return (e.PetitionConfirmed(**event_header(command, rules), **said),)


def dispute(state: Petition, command: c.Dispute, rules: Rulebook) -> tuple[Event, ...]:
    """The resident says it is not settled: the tier above takes over, after the close too.

    Raises:
        Refused: the petition is closed and a review has decided, or the time for a dispute is over.
    """
    if state.stage is Stage.CLOSED:
        if state.review_level:
            raise Refused("review-decided", "dispute: a review has decided; what is left is a second review, if any")
        _within(state.dispute_by, command, "ask for a review instead", rules)
    disputed = e.PetitionDisputed(
        **event_header(command, rules, rules.follow_up.rule),
        resident=state.resident,
        known=whose_word(command),
        reason=command.reason,
    )
    return (disputed, escalated(evolve(state, disputed), command, rules, "dispute", None))


def _within(until: datetime | None, command: c.Command, instead: str, rules: Rulebook) -> None:
    """Refuse a command after its time limit; None: no limit.

    Raises:
        Refused: `window-closed`, if `command.at` is after `until`.
    """
    if until is not None and command.at > until:
        raise Refused("window-closed", f"{command.NAME}: the time for it ended {shown(until, rules)}; {instead}")


def request_review(state: Petition, command: c.RequestReview, rules: Rulebook) -> tuple[Event, ...]:
    """Review by the tier above the one that decided; a second review by a tier higher still.

    Raises:
        Refused: the second review has decided, or the time to ask is over.
    """
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
            known=whose_word(command),
            resident=state.resident,
            reason=command.reason,
        ),
    )


def _reviewing(decided: str | None, state: Petition, rules: Rulebook) -> tuple[str | None, str]:
    """Tier and desk for a review: the next tier above with somebody who did not handle the case; None: the leader.

    If nobody is left with the leader either, it is the unit that stands in for the leader.
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
    nobody = not _somebody_is_left(leader, state, rules) and stands_in not in state.complained_about
    return None, stands_in if nobody and _somebody_is_left(stands_in, state, rules) else leader


def _somebody_is_left(unit: str, state: Petition, rules: Rulebook) -> bool:
    return bool({*rules.unit(unit).staff} - {*state.handled_by, *state.recused})


def decide_review(state: Petition, command: c.DecideReview, rules: Rulebook) -> tuple[Event, ...]:
    """Decide a review, by somebody of the reviewing tier or above who had no part in the case.

    Raises:
        Refused: they handled or decided it before, or are of a lower tier.
    """
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
    """Close it: confirmed, or unanswered in time.

    Raises:
        Refused: the close is not due.
    """
    owed(state, command, Step.CLOSE, rules)
    confirmed = state.stage is Stage.CONFIRMED
    rule = None if confirmed else rules.follow_up.rule
    return (e.PetitionClosed(**event_header(command, rules, rule), reason="confirmed" if confirmed else "unanswered"),)


DECISIONS: Decisions = {
    c.Reply: Decision(reply, e.PetitionReplied),
    c.AskFollowUp: Decision(ask, e.FollowUpAsked),
    c.Confirm: Decision(confirm, e.PetitionConfirmed),
    c.Dispute: Decision(dispute, e.PetitionDisputed),
    c.RequestReview: Decision(request_review, e.ReviewRequested),
    c.DecideReview: Decision(decide_review, e.ReviewDecided),
    c.Close: Decision(close, e.PetitionClosed),
}
