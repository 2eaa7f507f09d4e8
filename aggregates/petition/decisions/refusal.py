"""Refusals, and helpers of every decision: the header of an event, look-ups in the rulebook, times as text."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from aggregates.command import Command
from aggregates.petition.agenda import Entry, Step, first_entry
from aggregates.petition.state import Petition
from aggregates.refusal_words import REFUSALS
from rulebook.model import Rulebook, UnknownName

T = TypeVar("T")


class Refused(Exception):
    """A command that is not allowed. `code` is stable for programs; `zh` and the message are for a clerk."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def zh(self) -> str:
        """The reason in Chinese, without names and figures."""
        return REFUSALS.get(self.code, "不能办理")


def event_header(command: Command, rules: Rulebook, rule: str | None = None) -> dict[str, Any]:
    """The fields every event begins with: `at`, `by`, the rulebook's hash, the rule's id."""
    return {"at": command.at, "by": command.by, "rulebook": rules.hash, "rule": rule}


def not_ahead(command: Command, rules: Rulebook) -> None:
    """Refuse a command whose `at` lies in the future.

    Raises:
        Refused: `future-date`, if `at` is later than the moment it is entered.
    """
    if command.noted_at is not None and command.at > command.noted_at:
        raise Refused("future-date", f"{command.NAME}: {shown(command.at, rules)} is still to come; give when it was")


def known(field: str, look_up: Callable[[str], T], value: str) -> T:
    """Look up `value` in the rulebook.

    Raises:
        Refused: `unknown-FIELD`, if the rulebook has no such id.
    """
    try:
        return look_up(value)
    except UnknownName as error:
        raise Refused(f"unknown-{field}", f"{field}: {error}") from error


def shown(at: datetime, rules: Rulebook) -> str:
    """An instant to the minute, in the office's zone."""
    return at.astimezone(rules.zone).strftime("%Y-%m-%d %H:%M")


def owed(state: Petition, command: Command, step: Step, rules: Rulebook) -> Entry:
    """The agenda's first entry, if it is `step` and due.

    Raises:
        Refused: `not-due`, if another step is next, or `at` is before its time.
    """
    entry = first_entry(state)
    if entry is None or entry.step is not step or command.at < entry.due_at:
        due = f"{entry.step} at {shown(entry.due_at, rules)}" if entry else None
        raise Refused("not-due", f"{command.NAME} is not due: next is {due}")
    return entry
