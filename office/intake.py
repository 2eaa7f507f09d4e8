"""Intake: submissions become petitions with receipts. A bad row is reported by its line and stops no other."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, get_args

from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import ValidationError

from aggregates.event import Actor, Urgent
from aggregates.petition.channels import Channel
from aggregates.petition.commands import Receive
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.state import Petition
from eventstore.kept_codes import KeptCode, keep
from eventstore.log import Append, EventLog
from eventstore.sender_ids import SenderId, remember
from office.clock import Now
from office.codes import Code, Codes, new_code
from office.earlier_keys import Earlier
from office.identity import Identities
from office.rules.rules_in_force import RulesInForce, at_any_time
from office.submission import DATE, Submission, content_hash
from rulebook.model import Rulebook
from rulebook.problems import BadInput

BATCH = 200
"""Rows that share a commit when a file is taken in."""


class BadSubmission(BadInput, ValueError):
    """A row that cannot be taken in; the message names field and expectation, never the resident's words."""


class Offered(NamedTuple):
    """A row of a file: its line number from 1, and the submission or what is wrong with it."""

    line: int
    submission: Submission | None
    error: str | None


class Taken(NamedTuple):
    """The result for a row: `receipt` and `petition`, or `error`. `repeated`: the petition was on record before.

    `code`: by which the resident acts, told here and never again; None: repeated, or an error. `same_id`: the sender
    has given the same id before, for something else: this is another petition.
    """

    line: int
    receipt: str | None
    petition: str | None
    repeated: bool
    error: str | None
    code: Code | None = None
    same_id: bool = False


class _Batch(NamedTuple):
    """Rows decided: the appends by stream, the ids their sender gave, and the results if all of it is new."""

    appends: dict[str, Append]
    ids: list[SenderId]
    answers: list[Taken]


def read_rows(lines: Iterable[bytes]) -> Iterator[Offered]:
    """Rows of a JSON Lines file; blank lines are skipped, bad ones carry their error."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield Offered(number, parse_row(line), None)
        except BadSubmission as error:
            yield Offered(number, None, str(error))


def parse_row(line: bytes) -> Submission:
    """Parse one row.

    Raises:
        BadSubmission: not a JSON object, or a field has a wrong value.
    """
    try:
        row = json.loads(line)
    except RecursionError:
        raise BadSubmission("row: expected one JSON object; it is nested too deeply") from None
    except ValueError as error:
        where = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadSubmission(f"row: expected one JSON object in UTF-8; it breaks off{where}") from None
    if not isinstance(row, dict):
        raise BadSubmission(f"row: expected a JSON object; found {type(row).__name__}")
    return submission(row)


def submission(row: dict[str, Any]) -> Submission:
    """A submission from named values.

    Raises:
        BadSubmission: a field is missing or has a wrong value.
    """
    try:
        return Submission.model_validate(row)
    except ValidationError as error:
        raise BadSubmission("; ".join(_wording(problem) for problem in error.errors())) from None


def _wording(problem: Any) -> str:
    field = ".".join(str(part) for part in problem["loc"]) or "row"
    kind = problem["type"]
    if kind == "missing" or (field == "text" and kind == "string_too_short"):
        return (
            f"{field}: expected what the resident asks for; found nothing" if field == "text" else f"{field}: missing"
        )
    if kind == "enum":
        return f"{field}: expected one of {', '.join(Channel)}"
    if kind == "literal_error":
        return f"{field}: expected one of {', '.join(get_args(Urgent))}"
    if kind.startswith("datetime"):
        return f"{field}: {DATE} ({problem['msg'].split(': ', 1)[-1]})"
    return f"{field}: {problem['msg'].removeprefix('Value error, ')}"


class Intake:
    """Takes submissions in. Idempotent: one taken in before gets the same receipt."""

    def __init__(self, event_log: EventLog, rules: Rulebook | RulesInForce, now: Now, *, community: str) -> None:
        """Use a log, the rulebooks in force (or one for ever) and a clock, for one community.

        Raises:
            CannotOpen: the master key is not the one of this store.
        """
        self._petitions = event_log
        self._rules_at = at_any_time(rules)
        self._now = now
        self._community = community
        secret = event_log.keyring.identity_secret()
        self.identities = Identities(secret)
        self.codes = Codes(event_log.datastore, secret)

    def take_in(self, offered: Iterable[Offered], by: Actor, sender: str | None = None) -> Iterator[Taken]:
        """Take rows in, `BATCH` to a commit; yields results in order, once each batch is committed.

        `sender`: whom the door has authenticated, where that is not `by`. What the same sender sends again, with the
        same id and content, is a repeat and is answered with its receipt; anybody else's is another petition.

        Raises:
            PersistenceError: the database refused or was lost; rows yielded so far are committed, and the file can be
                repeated.
            ClockWrong: this process's clock differs too much from the database's; likewise.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="intake") as writing:
            under_way: Future[list[Taken]] | None = None
            for rows in _batches(offered):
                batch = self._prepare(rows, by, sender or f"{by.role}:{by.id}")  # while the one before it is written
                if under_way is not None:
                    yield from under_way.result()
                under_way = writing.submit(self._write, batch)
            if under_way is not None:
                yield from under_way.result()

    def _prepare(self, rows: list[Offered], by: Actor, sender: str) -> _Batch:
        """Decide a batch, all at one instant."""
        self._petitions.must_be_in_time()
        now = self._now()
        rules = self._rules_at(now)
        before = Earlier(
            self._petitions, self.identities, by, rules.zone, [row.submission for row in rows if row.submission]
        )
        appends: dict[str, Append] = {}
        ids: list[SenderId] = []
        answers: list[Taken] = []
        for row in rows:
            if row.submission is None:
                answers.append(Taken(row.line, None, None, repeated=False, error=row.error))
                continue
            if (stood := before.receipt_of(row.submission)) is not None:
                answers.append(Taken(row.line, stood, self.identities.petition(stood), repeated=True, error=None))
                continue
            try:
                receipt, append = self._append(row.submission, by, sender, now, rules)
            except (Refused, BadSubmission) as error:
                answers.append(Taken(row.line, None, None, repeated=False, error=str(error)))
                continue
            told = Taken(row.line, receipt, append.stream, repeated=append.stream in appends, error=None)
            answers.append(told._replace(same_id=before.used_its_id(row.submission)))
            appends.setdefault(append.stream, append)
            if row.submission.external_id:
                ids.append(SenderId(self.identities.sender_id(sender, row.submission.external_id), append.stream))
        return _Batch(appends, ids, answers)

    def _write(self, batch: _Batch) -> list[Taken]:
        """Write a batch; its codes, and what ids were given, in the same commit."""
        given = {stream: new_code() for stream in batch.appends}
        same: set[str] = set()

        def beside(connection: Connection[DictRow], fresh: frozenset[str]) -> None:
            keep(connection, [self._kept(batch.appends[stream], given[stream]) for stream in fresh])
            same.clear()
            same.update(remember(connection, batch.ids) if batch.ids else ())

        written = self._petitions.append(list(batch.appends.values()), beside) if batch.appends else []
        stood = {stream for stream, fresh in zip(batch.appends, written, strict=True) if not fresh}
        return [_answered(answer, given, stood, same) for answer in batch.answers]

    def _kept(self, append: Append, code: Code) -> KeptCode:
        resident: str = append.events[0].resident  # type: ignore[attr-defined] # what it begins with is of a resident
        return self.codes.kept(append.stream, resident, code)

    def _append(self, given: Submission, by: Actor, sender: str, now: datetime, rules: Rulebook) -> tuple[str, Append]:
        submitted_at = given.submitted_at
        if submitted_at is not None and submitted_at.tzinfo is None:
            submitted_at = submitted_at.replace(tzinfo=rules.zone)
        receipt = self.identities.receipt(_key(given, sender))
        petition = self.identities.petition(receipt)
        try:
            command = Receive(
                at=now,
                by=by,
                receipt=receipt,
                resident=self.identities.resident(petition),
                community=self._community,
                submitted_at=submitted_at,
                **given.model_dump(exclude={"submitted_at", "external_id"}),
            )
        except OverflowError as error:  # the year 1 has no UTC
            raise BadSubmission("submitted_at: expected a time of our days") from error
        events = decide(Petition(id=petition), command, rules)
        return receipt, Append(petition, 0, events, f"receive:{petition}", now)


def _answered(answer: Taken, codes: Mapping[str, Code], stood: Collection[str], same: Collection[str]) -> Taken:
    """The result as it came out: who was taken in just now is told the code."""
    repeated = answer.repeated or answer.petition in stood
    fresh = answer.petition is not None and not repeated
    code = codes[answer.petition or ""] if fresh else None
    return answer._replace(repeated=repeated, code=code, same_id=answer.same_id or answer.petition in same)


def _batches(offered: Iterable[Offered]) -> Iterator[list[Offered]]:
    rows = iter(offered)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _key(given: Submission, sender: str) -> str:
    """The key that identifies a submission: who sent it, their own id for it, if any, and all it says."""
    named = json.dumps([sender, given.external_id, content_hash(given)])
    return f"sent\n{named}"
