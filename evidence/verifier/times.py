"""Times: of events against those of checkpoints, cosignatures and stamps, and all of them against one another."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from itertools import accumulate, groupby
from typing import NamedTuple

from evidence.verifier.dossier import Dossier, Event
from evidence.verifier.limits import CLOCKS_APART, Said, Wrong
from evidence.verifier.notes import Checkpoint, Key, Note


class Sight(NamedTuple):
    """That the log's first `size` events were there `at`, by whose word.

    `closed`: a checkpoint, whose signer says that there were no more. `witness`: the name of a witness whose key was
    given; empty: the log's own clock, or a stamp that nobody here has checked.
    """

    size: int
    at: datetime
    by: Said
    closed: bool
    witness: str = ""


def sight_of(checkpoint: Checkpoint, where: Said) -> Sight:
    """What a checkpoint says of time."""
    zh = f"第 {checkpoint.size} 条检查点（{where.zh}，{checkpoint.at:%Y-%m-%dT%H:%M:%SZ}）"
    en = f"the checkpoint of {checkpoint.size} events ({where.en}, {checkpoint.at:%Y-%m-%dT%H:%M:%SZ})"
    return Sight(checkpoint.size, checkpoint.at, Said(zh, en), closed=True)


def cosignature_of(size: int, note: Note, witness: Key, where: str) -> Sight | None:
    """What a witness's cosignature says of time; None: the note has none of this witness.

    Raises:
        Wrong: a cosignature by this key is invalid.
    """
    seen = note.witnessed(witness, where)
    if seen is None:
        return None
    zh = f"证人 {witness.name} 对第 {size} 条检查点的会签（{seen:%Y-%m-%dT%H:%M:%SZ}）"
    en = f"the cosignature of {witness.name} over the checkpoint of {size} events ({seen:%Y-%m-%dT%H:%M:%SZ})"
    return Sight(size, seen, Said(zh, en), closed=False, witness=witness.name)


def check_stamps(dossier: Dossier) -> None:
    """Check that each time stamp is over its checkpoint. Who issued it, `openssl ts -verify` tells.

    Raises:
        Wrong: a stamp is over something else, or its checkpoint is missing.
    """
    known = {each.size: each for each in dossier.checkpoints}
    for name, content in dossier.files.items():
        if name.endswith(".tsr"):
            checkpoint = known.get(int(name[12:-4]))
            if checkpoint is None or stamped_at(content, checkpoint.content) is None:
                raise Wrong(f"{name}：时间戳不是该检查点的。", f"{name}: the time stamp is not over that checkpoint.")


STAMPED = re.compile(rb"\x18[\x0d-\x17]([0-9]{14})(?:\.[0-9]{1,6})?Z")


def stamped_at(token: bytes, note: bytes) -> datetime | None:
    """The time in an RFC 3161 token; None: it is not over the note. Finds the imprint, then GeneralizedTime."""
    imprint = token.find(b"\x04\x20" + sha256(note).digest())
    match = STAMPED.search(token, imprint) if imprint >= 0 else None
    try:
        return datetime.strptime(match[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc) if match else None
    except ValueError:
        return None


def own_sights(dossier: Dossier) -> list[Sight]:
    """What the checkpoints in the dossier say of time, and the stamps beside them."""
    found = []
    for each in dossier.checkpoints:
        found.append(sight_of(each, Said("卷宗所附", "in the dossier")))
        token = dossier.files.get(f"checkpoints/{each.size}.tsr")
        stamped = stamped_at(token, each.content) if token else None
        if stamped is not None:
            zh = f"第 {each.size} 条检查点的时间戳（{stamped:%Y-%m-%dT%H:%M:%SZ}）"
            en = f"the time stamp over the checkpoint of {each.size} events ({stamped:%Y-%m-%dT%H:%M:%SZ})"
            found.append(Sight(each.size, stamped, Said(zh, en), closed=False))
    return found


def check_times(dossier: Dossier, outside: Iterable[Sight] = (), earlier: Iterable[Sight] = ()) -> None:
    """Check that times agree, by at most what clocks may differ by: events, checkpoints, and what outsiders saw.

    Of the first `size` events none was recorded after somebody saw them; of the others none before a checkpoint was
    signed that does not hold it; along positions times do not fall. `outside`: what the reader has from elsewhere.
    `earlier`: signatures over a tree that the dossier has with a later time; they bind events, not checkpoints.

    Raises:
        Wrong: something was dated back, or a clock was wrong; it names the two that disagree.
    """
    sights = sorted([*own_sights(dossier), *outside], key=lambda each: each.size)
    _against_each_other(sights)
    _events_agree(dossier.events, sorted([*sights, *earlier], key=lambda each: each.size))
    for event in dossier.petition:
        if event.at > event.recorded + CLOCKS_APART:
            what = f"Event {event.version} counts from {event.at.isoformat()}, after it was recorded: nothing may."
            raise Wrong(f"第 {event.version} 条事件自登记之后的时刻起算。", what)
    _never_falls(dossier)


def _against_each_other(sights: Sequence[Sight]) -> None:
    """Check that nobody saw a tree before one that it continues, or itself, was signed. `sights` are by size."""
    newest: Sight | None = None
    for _, group in groupby(sights, key=lambda each: each.size):
        same = list(group)
        for each in same:
            newest = _later(newest, each if each.closed else None)
        for each in same:
            if newest is not None and each.at < newest.at - CLOCKS_APART:
                raise Wrong(
                    f"{each.by.zh}早于{newest.by.zh}，而内容不少于后者：倒签，或时钟有误。",
                    f"Times fall: {each.by.en} is earlier than {newest.by.en}, of which it has all events: "
                    "dated back, or a clock was wrong.",
                )


def _events_agree(events: Sequence[Event], sights: Sequence[Sight]) -> None:
    """Check each event against the latest checkpoint without it and the earliest sight of it."""
    sizes = [each.size for each in sights]
    closed: list[Sight | None] = [each if each.closed else None for each in sights]
    latest = list(accumulate(closed, _later))
    earliest = list(accumulate(reversed(sights), _earlier_of))[::-1]
    for event in events:
        after = bisect_left(sizes, event.position)
        before, by = latest[after - 1] if after else None, earliest[after]
        if before is not None and event.recorded < before.at - CLOCKS_APART:
            by = before
        elif event.recorded <= by.at + CLOCKS_APART:
            continue
        raise Wrong(
            f"第 {event.position} 条事件的登记时间与{by.by.zh}不符（倒签，或时钟有误）。",
            f"{event.stream} version {event.version} says it was recorded {event.recorded.isoformat()}, but "
            f"{by.by.en} shows otherwise: dated back, or a clock was wrong.",
        )


def _never_falls(dossier: Dossier) -> None:
    """Check that times of writing do not fall along positions; one that an act names as wrong binds no other."""
    named = {
        version
        for event in dossier.petition
        if event.topic == "petition.steps_set_aside"
        for name in ("versions", "noted")
        for version in event.body.get(name) or ()
    }
    own, latest, beside = str(dossier.manifest["petition"]), None, None
    for event in dossier.events:
        ours = event.stream == own and event.version not in named
        if ours and latest is not None and event.recorded < latest.recorded - CLOCKS_APART:
            raise Wrong(
                f"第 {event.position} 条事件的登记时间早于其前的第 {latest.position} 条：倒签，或时钟有误。",
                f"Times fall along the log: {event.stream} version {event.version} says it was recorded "
                f"{event.recorded.isoformat()}, after {latest.stream} version {latest.version}, recorded "
                f"{latest.recorded.isoformat()}: dated back, or a clock was wrong.",
            )
        if beside is not None and event.recorded < beside.recorded - CLOCKS_APART:
            zh = f"第 {beside.position} 条事件的登记时间晚于其后的第 {event.position} 条：其中一个时钟有误。"
            en = f"Event {beside.position} of the log says it was recorded after event {event.position}, which follows "
            dossier.remarks.append(Said(zh, en + "it: one of their clocks was wrong."))
            beside = None
        if ours and (latest is None or event.recorded > latest.recorded):
            latest = event
        elif event.stream != own and (beside is None or event.recorded > beside.recorded):
            beside = event


def _later(one: Sight | None, other: Sight | None) -> Sight | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=_at)


def _earlier_of(one: Sight, other: Sight) -> Sight:
    return min(one, other, key=_at)


def _at(sight: Sight) -> datetime:
    return sight.at


def first_before(sights: Iterable[Sight], position: int, end: datetime) -> Sight | None:
    """The earliest sight by a witness of the event at `position` before `end`; None: no witness saw it by then."""
    found = [each for each in sights if each.witness and each.size >= position and each.at < end]
    return min(found, key=_at, default=None)


def aged(span: timedelta) -> Said:
    """How long ago, in the largest unit."""
    seconds = int(abs(span).total_seconds())
    for size, zh, en in ((86_400, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size:
            return Said(f"{seconds // size} {zh}", f"{seconds // size} {en}")
    return Said(f"{seconds} 秒", f"{seconds} s")
