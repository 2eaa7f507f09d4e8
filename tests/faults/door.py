"""A door in a process of its own: operations come as lines, answers leave as lines; killed, what it was at is unknown.

    {"op": 7, "kind": "act", "petition": "p-…", "command_id": "…", "draw": 12}  →  {"op": 7, "said": "ok", …}

An error that says nothing of whether it was committed is answered `unknown`, as is one that nobody expects, with its
words; a refusal `failed`, with its code.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from eventsourcing.persistence import PersistenceError

from aggregates.event import Actor
from aggregates.petition.decisions import Refused
from aggregates.petition.state import Petition
from eventstore.clock_guard import ClockWrong
from eventstore.once import TooBusy
from machine.interpreter_exit import leave
from office.composition import Office, office
from office.intake import Offered, submission
from office.keys.erasing import Eraser
from office.logs import configure_logs
from office.rules.adoption import adopt
from office.rules.rulebooks import read_rulebook
from tests.faults import bugs
from tests.faults.acts import Other, choose
from tests.faults.given import Given
from tests.people import AT_THE_COUNTER, CLERK, LEADER

log = structlog.get_logger(__name__)

AT_ONCE = 6


class Door:
    """Carries out operations on an office."""

    def __init__(self, here: Office, given: Given) -> None:
        self._office = here
        self._given = given

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What came of an operation."""
        try:
            return {"said": "ok", **getattr(self, f"_{asked['kind']}")(asked)}
        except Refused as refused:
            return {"said": "failed", "code": refused.code}
        except (TooBusy, ClockWrong, PersistenceError, OSError) as error:
            return {"said": "unknown", "error": type(error).__name__}
        except Exception as error:
            log.exception("door.unexpected", kind=asked["kind"])
            return {"said": "unknown", "error": f"not expected: {type(error).__name__}: {error}"}

    def _submit(self, asked: dict[str, Any]) -> dict[str, Any]:
        intake = self._office.intake
        assert intake is not None
        offered = [Offered(number, submission(row), None) for number, row in enumerate(asked["rows"], 1)]
        taken = list(intake.take_in(offered, Actor.resident()))
        rows = [
            {"external_id": row["external_id"], "receipt": t.receipt, "petition": t.petition, "repeated": t.repeated}
            for row, t in zip(asked["rows"], taken, strict=True)
        ]
        return {"rows": rows}

    def _act(self, asked: dict[str, Any]) -> dict[str, Any]:
        chosen: list[str] = []

        def command_for(state: Petition) -> Any:
            now = self._office.now()
            other = Other(asked["other"], asked["other_receipt"]) if asked.get("other") else None
            command = choose(state, asked["draw"], now, self._office.rules_in_force.at(now), other)
            chosen.append(command.NAME if command else "")
            return command

        told = self._office.handler.decide_once(asked["petition"], asked["command_id"], command_for)
        topics = [event.TOPIC for event in told.events]
        return {"command": chosen[-1] if chosen else "", "topics": topics, "repeated": told.repeated}

    def _adopt(self, asked: dict[str, Any]) -> dict[str, Any]:
        book = read_rulebook(self._given.folder / f"book-{asked['book']}")
        now = self._office.now()
        day = now.astimezone(book.zone).date()
        number, written = adopt(self._office.event_log, book, LEADER, now, day)
        return {"number": number, "written": written}

    def _erase(self, asked: dict[str, Any]) -> dict[str, Any]:
        resident = self._office.handler.load(asked["petition"]).resident
        eraser = Eraser(self._office.event_log, lambda: self._office.rules, self._office.now)
        eraser.ask(resident, CLERK, "resident_asked", known=AT_THE_COUNTER)
        eraser.decide(resident, LEADER, approved=True)
        return {"resident": resident, "stage": eraser.carry_out(resident).stage}


def main(given: Given) -> None:
    """Serve until the input ends."""
    configure_logs("warning")
    if given.bug:
        bugs.seed(given.bug)
    writing = threading.Lock()

    def say(line: str) -> None:
        with writing:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    with office(given.settings, now=given.now, raw=given.clock.raw, pool_size=AT_ONCE + 2, master=given.key) as here:
        door = Door(here, given)
        say("ready")
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for line in sys.stdin:
                asked = json.loads(line)
                threads.submit(lambda asked=asked: say(json.dumps({"op": asked["op"], **door.answer(asked)})))


if __name__ == "__main__":
    main(Given.model_validate_json(sys.argv[1]))
    leave(0)
