"""Intake: submissions become petitions with receipts. A bad row is reported by its line and stops no other."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, NamedTuple, get_args

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from aggregates.event import Actor, Urgent
from aggregates.petition.channels import Channel
from aggregates.petition.commands import Receive
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.state import Petition
from eventstore.kept_codes import KeptCode
from eventstore.log import Append, EventLog
from office.clock import Now
from office.codes import Code, Codes, new_code
from office.identity import Identities
from office.rules.rules_in_force import RulesInForce, at_any_time
from rulebook.model import Rulebook
from rulebook.problems import BadInput

BATCH = 200
"""Rows that share a commit when a file is taken in."""

REGION = "CN"


def written_phone(value: str) -> str:
    """A telephone number in E.164, from however it was written.

    Raises:
        ValueError: not a possible number.
    """
    try:
        number = phonenumbers.parse(value, REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError("expected a telephone number, as 13800000001 or 0429-1234567") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("expected a telephone number, as 13800000001 or 0429-1234567")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _written_date(value: object) -> object:
    """Refuse bare numbers: read as seconds since 1970, `20251009` would be a day nobody meant."""
    if isinstance(value, datetime) or (isinstance(value, str) and "-" in value[1:]):
        return value
    raise ValueError(DATE)


DATE = "expected a date and time, as 2025-10-09T10:00+08:00"


class Submission(BaseModel):
    """One request as submitted. Unknown fields are ignored: files have columns of their own."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True)

    text: str = Field(min_length=1, repr=False)
    title: str | None = Field(default=None, max_length=200, repr=False)
    channel: Channel = Channel.ONLINE
    submitted_at: Annotated[datetime, BeforeValidator(_written_date)] | None = None
    name: str | None = Field(default=None, max_length=100, repr=False)
    phone: Annotated[str, AfterValidator(written_phone)] | None = Field(default=None, repr=False)
    address: str | None = Field(default=None, max_length=300, repr=False)
    external_id: str | None = Field(default=None, min_length=1, max_length=200, repr=False)
    anonymous: bool = False
    section: str | None = Field(default=None, min_length=1, max_length=80)
    confidential: bool = False
    urgent: Urgent | None = None
    complained_about: str | None = Field(default=None, min_length=1, max_length=80)


ADDED_LATER = ("section", "confidential", "urgent", "complained_about")
"""Fields that earlier versions did not have: when empty, they do not enter the key of a submission."""


class BadSubmission(BadInput, ValueError):
    """A row that cannot be taken in; the message names field and expectation, never the resident's words."""


class Offered(NamedTuple):
    """A row of a file: its line number from 1, and the submission or what is wrong with it."""

    line: int
    submission: Submission | None
    error: str | None


class Taken(NamedTuple):
    """The result for a row: `receipt` and `petition`, or `error`. `repeated`: the petition was on record before.

    `code`: by which the resident acts, told here and never again; None: repeated, or an error.
    """

    line: int
    receipt: str | None
    petition: str | None
    repeated: bool
    error: str | None
    code: Code | None = None


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

    def take_in(self, offered: Iterable[Offered], by: Actor) -> Iterator[Taken]:
        """Take rows in, `BATCH` to a commit; yields results in order, once each batch is committed.

        Raises:
            PersistenceError: the database refused or was lost; rows yielded so far are committed, and the file can be
                repeated.
            ClockWrong: this process's clock differs too much from the database's; likewise.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="intake") as writing:
            under_way: Future[list[Taken]] | None = None
            for batch in _batches(offered):
                appends, answers = self._prepare(batch, by)  # while the batch before it is written
                if under_way is not None:
                    yield from under_way.result()
                under_way = writing.submit(self._write, appends, answers)
            if under_way is not None:
                yield from under_way.result()

    def _prepare(self, batch: list[Offered], by: Actor) -> tuple[dict[str, Append], list[Taken]]:
        """Decide a batch, all at one instant: the appends, and the results if all of it is new."""
        self._petitions.must_be_in_time()
        now = self._now()
        rules = self._rules_at(now)
        appends: dict[str, Append] = {}
        answers: list[Taken] = []
        for row in batch:
            if row.submission is None:
                answers.append(Taken(row.line, None, None, repeated=False, error=row.error))
                continue
            try:
                receipt, append = self._append(row.submission, by, now, rules)
            except (Refused, BadSubmission) as error:
                answers.append(Taken(row.line, None, None, repeated=False, error=str(error)))
                continue
            answers.append(Taken(row.line, receipt, append.stream, repeated=append.stream in appends, error=None))
            appends.setdefault(append.stream, append)
        return appends, answers

    def _write(self, appends: dict[str, Append], answers: list[Taken]) -> list[Taken]:
        given = {stream: new_code() for stream in appends}
        codes = [self._kept(append, given[stream]) for stream, append in appends.items()]
        written = self._petitions.append(list(appends.values()), codes) if appends else []
        stood = {stream for stream, fresh in zip(appends, written, strict=True) if not fresh}
        return [_answered(answer, given, stood) for answer in answers]

    def _kept(self, append: Append, code: Code) -> KeptCode:
        resident: str = append.events[0].resident  # type: ignore[attr-defined] # what it begins with is of a resident
        return self.codes.kept(append.stream, resident, code)

    def _append(self, given: Submission, by: Actor, now: datetime, rules: Rulebook) -> tuple[str, Append]:
        submitted_at = given.submitted_at
        if submitted_at is not None and submitted_at.tzinfo is None:
            submitted_at = submitted_at.replace(tzinfo=rules.zone)
        receipt = self.identities.receipt(_key(given))
        petition = self.identities.petition(receipt)
        try:
            command = Receive(
                at=now,
                by=by,
                receipt=receipt,
                resident=self.identities.resident(given.phone or petition),
                community=self._community,
                submitted_at=submitted_at,
                **given.model_dump(exclude={"submitted_at", "external_id"}),
            )
        except OverflowError as error:  # the year 1 has no UTC
            raise BadSubmission("submitted_at: expected a time of our days") from error
        events = decide(Petition(id=petition), command, rules)
        return receipt, Append(petition, 0, events, f"receive:{petition}", now)


def _answered(answer: Taken, codes: Mapping[str, Code], stood: Collection[str]) -> Taken:
    """The result as it came out: who was taken in just now is told the code."""
    repeated = answer.repeated or answer.petition in stood
    fresh = answer.petition is not None and not repeated
    return answer._replace(repeated=repeated, code=codes[answer.petition or ""] if fresh else None)


def _batches(offered: Iterable[Offered]) -> Iterator[list[Offered]]:
    rows = iter(offered)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _key(given: Submission) -> str:
    """The key that identifies a submission: the sender's own id for it, else a hash of all it says."""
    if given.external_id:
        return f"external\n{given.external_id}"
    # Empty fields that were added later are left out of the hash: rows from before keep their receipt.
    silent = {"external_id"} | {field for field in ADDED_LATER if not getattr(given, field)}
    said = given.model_dump_json(exclude=silent)
    return f"content\n{hashlib.sha256(said.encode()).hexdigest()}"
