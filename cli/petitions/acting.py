"""Petitions as what acts are done to: how one is found, and what is told of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aggregates.event import Event
from aggregates.known import Known
from aggregates.petition.commands import ACTS
from cli.acting import Subject
from cli.doors import actor, petition_of
from cli.moments import iso
from projections.words import STAGES, STEPS
from rulebook.words import chinese

if TYPE_CHECKING:
    from office.handling import Answer
    from projections.sentences import Sentence
    from rulebook.model import Rulebook


def _sentences(events: Sequence[Event], book: "Rulebook") -> "list[Sentence]":
    from projections.sentences import facts_of, names_of, says

    names = names_of(book)
    return [says(event.TOPIC, facts_of(event), names) for event in events]


def _facts(answer: "Answer", book: "Rulebook") -> dict[str, Any]:
    state = answer.state
    return {
        "receipt": state.receipt,
        "petition": state.id,
        "status": state.stage.value,
        "version": state.version,
        "tier": state.tier,
        "unit": state.unit,
        "due_at": iso(state.due_at, book.zone),
        "waits_until": iso(state.waits_until, book.zone),
        "events": [
            {
                "topic": event.TOPIC,
                "at": iso(event.at, book.zone),
                "by": f"{event.by.role.value}:{event.by.id}",
                "rule": event.rule,
                **_known(event),
            }
            for event in answer.events
        ],
        "repeated": answer.repeated,
    }


def _known(event: Event) -> dict[str, str]:
    """How the resident was known whose word it is."""
    known: Known | None = getattr(event, "known", None)
    if known is None:
        return {}
    return {"known": known.how, **({"seen": known.seen} if known.seen else {})}


PETITIONS = Subject(
    name="petition",
    acts=chinese(ACTS),
    stages=STAGES,
    steps=STEPS,
    doer="Who does it: a staff id or name (`petition may` says who may, `rulebook staff` lists all).",
    looker="Who looks: a staff id or name.",
    stream_of=petition_of,
    actor=actor,
    handler=lambda ours: ours.handler,
    sentences=_sentences,
    facts=_facts,
    facts_of_look=_facts,
)
