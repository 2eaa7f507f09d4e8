"""Acknowledged and on record: nothing lost, nothing double, nothing nobody asked for."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby

from aggregates.adoption import RulebookAdopted
from aggregates.erasures.events import ResidentErased
from aggregates.event import Role
from aggregates.petition.events import PetitionReceived
from tests.faults.evidence import Evidence
from tests.faults.journal import Operation

About = Iterator[tuple[str, str]]


def acknowledged_lost(evidence: Evidence) -> About:
    """What was acknowledged is on record: each receipt its petition, each act the events it was told to have led to."""
    for operation in evidence.operations:
        if operation.outcome != "ok":
            continue
        if operation.kind == "submit":
            for row in operation.answer["rows"]:
                records = evidence.streams.get(row["petition"], [])
                first = records[0].event if records else None
                if not isinstance(first, PetitionReceived) or first.receipt != row["receipt"]:
                    yield row["petition"], f"operation {operation.number}: receipt {row['receipt']} leads to nothing"
        elif operation.kind == "act":
            petition = operation.asked["petition"]
            found = [r.event.TOPIC for r in evidence.streams.get(petition, []) if r.command_id == _command(operation)]
            if Counter(operation.answer["topics"]) - Counter(found):
                yield petition, f"operation {operation.number}: told {operation.answer['topics']}, on record {found}"


def refused_on_record(evidence: Evidence) -> About:
    """What was refused at every call left nothing."""
    accepted = {_command(each) for each in evidence.operations if each.kind == "act" and each.outcome != "failed"}
    for operation in evidence.operations:
        if operation.kind == "act" and operation.outcome == "failed" and _command(operation) not in accepted:
            petition = operation.asked["petition"]
            if any(record.command_id == _command(operation) for record in evidence.streams.get(petition, [])):
                yield petition, f"operation {operation.number} was refused ({operation.answer}), and is on record"


def receipt_double(evidence: Evidence) -> About:
    """One submission, one receipt, one petition, however often it was handed in; and no receipt for two."""
    petitions: dict[str, set[str]] = defaultdict(set)
    receipts: dict[str, set[str]] = defaultdict(set)
    for operation in evidence.operations:
        if operation.kind == "submit" and operation.outcome == "ok":
            for row in operation.answer["rows"]:
                petitions[row["external_id"]].add(row["petition"])
                receipts[row["receipt"]].add(row["external_id"])
    for submission, found in petitions.items():
        if len(found) > 1:
            yield min(found), f"submission {submission} became {len(found)} petitions: {sorted(found)}"
    for receipt, given in receipts.items():
        if len(given) > 1:
            yield receipt, f"one receipt for {sorted(given)}"
    on_record = Counter(
        record.event.receipt for record in evidence.records if isinstance(record.event, PetitionReceived)
    )
    for receipt, times in on_record.items():
        if times > 1:
            yield receipt, f"on record as {times} petitions"


def command_double(evidence: Evidence) -> About:
    """A command id stands in a stream once: one run of versions, of one instant, of no more events than were told."""
    for operation in evidence.operations:
        if operation.kind == "act" and operation.outcome == "ok" and (topics := operation.answer["topics"]):
            stream = operation.asked["petition"]
            found = [r.event.TOPIC for r in evidence.streams.get(stream, []) if r.command_id == _command(operation)]
            if Counter(found) - Counter(topics):
                yield stream, f"operation {operation.number}: told {topics}, on record {found}"
    for stream, records in evidence.streams.items():
        runs = [command for command, _ in groupby(records, key=lambda record: record.command_id)]
        for command, times in Counter(runs).items():
            if times > 1:
                yield stream, f"command {command} was carried out {times} times"
        instants = defaultdict(set)
        for record in records:
            instants[record.command_id].add(record.recorded_at)
        for command, found in instants.items():
            if len(found) > 1:
                yield stream, f"command {command} was recorded at {len(found)} instants"


def repeat_taken_as_new(evidence: Evidence) -> About:
    """What was acknowledged once is answered as standing ever after."""
    done: dict[int, Operation] = {}
    for operation in sorted(evidence.operations, key=lambda each: each.answered_at or 0.0):
        first = done.get(operation.of)
        if operation.outcome == "ok" and first is None:
            done[operation.of] = operation
        elif operation.outcome == "ok" and first is not None and operation.invoked_at >= (first.answered_at or 0.0):
            yield from _taken_as_new(first, operation)


def _taken_as_new(first: Operation, operation: Operation) -> About:
    if operation.kind == "submit":
        for row in operation.answer["rows"]:
            if not row["repeated"]:
                yield row["petition"], f"operation {operation.number} repeats {first.number} and was taken as new"
    elif operation.kind == "act" and (topics := first.answer["topics"]):
        same = operation.answer["repeated"] and operation.answer["topics"] == topics
        if not same:
            what = f"operation {operation.number} repeats {first.number}: {operation.answer}"
            yield operation.asked["petition"], what


def nobody_asked(evidence: Evidence) -> About:
    """Each petition, and each act of a person, was asked for."""
    asked = {_command(each) for each in evidence.operations if each.kind == "act"}
    rows = sum(len({row["external_id"] for row in each.asked["rows"]}) for each in _firsts(evidence, "submit"))
    if len(evidence.petitions) > rows:
        yield "p-", f"{len(evidence.petitions)} petitions are on record, {rows} were handed in"
    for stream, records in evidence.petitions.items():
        for record in records[1:]:
            person = record.event.by.role is not Role.ENGINE
            if person and record.command_id not in asked:
                yield stream, f"version {record.version}, {record.event.TOPIC}: nobody asked for {record.command_id}"


def _firsts(evidence: Evidence, kind: str) -> list[Operation]:
    return [each for each in evidence.operations if each.kind == kind and each.of == each.number]


def log_gap(evidence: Evidence) -> About:
    """Positions and versions count from 1 without a gap, and the counter stands at the last."""
    if evidence.unreadable:  # rows that cannot be read are not among the records: the audit counts them
        return
    positions = [record.position for record in evidence.records]
    if positions != list(range(1, evidence.head + 1)):
        yield "log", f"{len(positions)} rows, the counter says {evidence.head}"
    for stream, records in evidence.streams.items():
        versions = [record.version for record in records]
        if versions != list(range(1, len(records) + 1)):
            yield stream, f"its versions are {versions}"


def adopted_once(evidence: Evidence) -> About:
    """An acknowledged adoption is on record, at the number that was told, and is brought to running petitions once."""
    for operation in evidence.operations:
        if operation.kind == "adopt" and operation.outcome == "ok":
            stream, number = f"rulebook-{evidence.rules.id}", operation.answer["number"]
            records = evidence.streams.get(stream, [])
            if len(records) < number or not isinstance(records[number - 1].event, RulebookAdopted):
                yield stream, f"operation {operation.number}: adoption {number} is not on record"
            if number > 1:
                carried = f"office-adoption-{evidence.rules.id}-{number}"
                if len(evidence.streams.get(carried, [])) != 1:
                    yield carried, f"brought to running petitions {len(evidence.streams.get(carried, []))} times"


def impossible(evidence: Evidence) -> About:
    """Each record can be folded, and says what is owed."""
    yield from evidence.impossible.items()


def erased(evidence: Evidence) -> About:
    """An acknowledged erasure is on record."""
    gone = {record.event.subject for record in evidence.records if isinstance(record.event, ResidentErased)}
    for operation in evidence.operations:
        if operation.kind == "erase" and operation.outcome == "ok" and operation.answer["resident"] not in gone:
            yield operation.asked["petition"], f"operation {operation.number}: acknowledged, not on record"


def _command(operation: Operation) -> str:
    return str(operation.asked["command_id"])
