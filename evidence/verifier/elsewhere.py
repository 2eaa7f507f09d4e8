"""What the reader has from elsewhere, checkpoints and witnesses, held against the dossier; and how old it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from evidence.verifier.dossier import Dossier
from evidence.verifier.limits import CLOCKS_APART, Said, Wrong
from evidence.verifier.notes import Checkpoint, Key, read_checkpoint
from evidence.verifier.strict_json import decode, hashes
from evidence.verifier.times import Sight, aged, cosignature_of, sight_of
from evidence.verifier.tree import continues


class Compared(NamedTuple):
    """A checkpoint from elsewhere that agrees with the dossier. `again`: the dossier has a later one of its tree."""

    said: Said
    sight: Sight
    checkpoint: Checkpoint
    again: bool = False


def compare(dossier: Dossier, content: bytes) -> Compared:
    """Compare the dossier with a checkpoint from elsewhere, alone or with a proof (`suqiu audit consistency`).

    Raises:
        Wrong: the histories differ, or no proof shows that they do not.
    """
    where, newest = "--checkpoint", dossier.newest
    old, proof = None, []
    text = content.decode("utf-8", "replace")
    if text.startswith("old "):
        head, _, rest = text.partition("\n\n")
        size, *lines = head.split("\n")
        if not re.fullmatch("old (0|[1-9][0-9]{0,17})", size) or len(lines) > 63:
            raise Wrong(f"{where}：不是检查点的衔接证明。", f"{where}: no number of events stands in its first line.")
        old, proof = int(size[4:]), [decode(line, where) for line in lines]
        content = rest.encode()
    if content.count(b"\nsuqiu-time/1 ") > 1:
        what = f"{where}: several checkpoints stand in this file; give one of them alone, with the empty line in it."
        raise Wrong(f"{where}：文件中有多个检查点，请只给出其中一个。", what)
    other = read_checkpoint(content, dossier.key, where)
    for each in dossier.checkpoints:
        if each.size == other.size and (each.root, each.heads) != (other.root, other.heads):
            what = f"The checkpoint got elsewhere, of {other.size} events too, is another: history was rewritten."
            raise Wrong("与别处取得的检查点不符：记录被改写过。", what)
    sight = sight_of(other, Said("别处取得", "got elsewhere"))
    same = next((each for each in dossier.checkpoints if each.size == other.size), None)
    if same is not None:
        return _same_tree(same, other, sight)
    if other.size < newest.size:
        for each in dossier.proofs["consistency"]:
            if each["size"] == other.size:
                if continues(other.size, other.root, newest.size, newest.root, hashes(each["path"], where)):
                    zh = f"卷宗是别处所取检查点（第 {other.size} 条）的延续。"
                    en = f"The dossier continues the checkpoint got elsewhere ({other.size})."
                    return Compared(Said(zh, en), sight, other)
                what = f"The dossier does not continue the checkpoint got elsewhere ({other.size}): it was rewritten."
                raise Wrong("卷宗不是别处所取检查点的延续：记录被改写过。", what)
        what = f"Nothing in the dossier shows that it continues {other.size} events: ask for it with --seen FILE."
        raise Wrong(f"卷宗中没有与别处检查点（第 {other.size} 条）衔接的证明。", what)
    if old == newest.size:
        if continues(newest.size, newest.root, other.size, other.root, proof):
            zh = f"别处所取检查点（第 {other.size} 条）是卷宗的延续。"
            en = f"The checkpoint got elsewhere ({other.size}) continues the dossier."
            return Compared(Said(zh, en), sight, other)
        what = f"The checkpoint got elsewhere ({other.size}) does not continue the dossier: history was rewritten."
        raise Wrong("别处所取检查点不是卷宗的延续：记录被改写过。", what)
    what = f"It has {other.size} events: ask there for `suqiu audit consistency --from {newest.size}`, and give that."
    raise Wrong("别处所取检查点比卷宗新，缺少衔接的证明。", what)


def _same_tree(same: Checkpoint, other: Checkpoint, sight: Sight) -> Compared:
    """A checkpoint from elsewhere of a tree that the dossier has one of: signed at the same time, or at another."""
    zh = f"与别处取得的检查点（第 {other.size} 条）相符"
    en = f"The checkpoint got elsewhere ({other.size}) is the same"
    if same.at == other.at:
        return Compared(Said(f"{zh}。", f"{en}."), sight, other)
    zh += f"，但签署时间不同：别处 {other.at:%Y-%m-%dT%H:%M:%SZ}，卷宗 {same.at:%Y-%m-%dT%H:%M:%SZ}。"
    en += f", but signed at another time: {other.at:%Y-%m-%dT%H:%M:%SZ} there, {same.at:%Y-%m-%dT%H:%M:%SZ} here."
    return Compared(Said(zh, en), sight, other, again=other.at < same.at)


def dated_later(dossier: Dossier, compared: Iterable[Compared]) -> None:
    """Of two times at which one tree was signed, take the later one: by the earlier one nothing is proven."""
    times = {each.sight.size: each.sight.at for each in compared if not each.again}
    for number, each in enumerate(dossier.checkpoints):
        dossier.checkpoints[number] = each._replace(at=max(each.at, times.get(each.size, each.at)))


def cosignatures(dossier: Dossier, compared: Iterable[Compared], witness: Key) -> list[Sight]:
    """What a witness saw when: its cosignatures in the dossier, and over checkpoints from elsewhere; by size.

    Raises:
        Wrong: it cosigned none, or a cosignature is invalid.
    """
    notes = [(each.size, each.note, f"checkpoints/{each.size}.cosigned") for each in dossier.checkpoints]
    notes += [(each.checkpoint.size, each.checkpoint.note, "--checkpoint") for each in compared]
    found = [sight for each in notes if (sight := cosignature_of(each[0], each[1], witness, each[2]))]
    if not found:
        raise Wrong(f"没有证人 {witness.name} 的会签。", f"No checkpoint of the dossier is countersigned by {witness}.")
    return sorted(found, key=lambda each: each.size)


def witnessed(dossier: Dossier, seen: Iterable[tuple[Key, list[Sight]]]) -> list[Said]:
    """For each witness its newest cosignature, how long after the checkpoint's own time, and what it covers."""
    said, own = [], dossier.petition
    times = {each.size: each.at for each in dossier.checkpoints}
    for witness, sights in seen:
        last = sights[-1]
        zh = f"证人 {witness.name} 于 {last.at:%Y-%m-%dT%H:%M:%SZ} 会签第 {last.size} 条检查点。"
        en = f"The witness {witness.name} countersigned the checkpoint {last.size}: {last.at:%Y-%m-%dT%H:%M:%SZ}."
        if last.size in times and last.at > times[last.size] + CLOCKS_APART:
            late = aged(last.at - times[last.size])
            zh = f"{zh}晚于检查点自称的时间 {late.zh}。"
            en = f"{en} That is {late.en} after the time which the checkpoint says."
        count = sum(event.position <= last.size for event in own)
        en += f" Of the petition's {len(own)} events it covers {'all' if count == len(own) else f'the first {count}'}."
        zh += f"本件 {len(own)} 条事件中涵盖{'全部' if count == len(own) else f'前 {count} 条'}。"
        said.append(Said(zh, en))
    return said


def check_not_before(dossier: Dossier, seen: Iterable[tuple[Key, list[Sight]]], limit: datetime | None) -> None:
    """Check that the dossier is not older than the reader asks for.

    Raises:
        Wrong: the newest checkpoint is, or the newest cosignature of a witness.
    """
    if limit is None:
        return
    ends = [sight_of(dossier.newest, Said("卷宗所附", "in the dossier")), *(max(each, key=_when) for _, each in seen)]
    for each in ends:
        if each.at < limit:
            what = f"The dossier is too old for --not-before {limit:%Y-%m-%dT%H:%M:%SZ}: {each.by.en} is the newest."
            raise Wrong(f"卷宗早于 --not-before {limit:%Y-%m-%dT%H:%M:%SZ}：最新者为{each.by.zh}。", what)


def _when(sight: Sight) -> datetime:
    return sight.at


def ages(dossier: Dossier, now: datetime | None) -> list[Said]:
    """How old the newest checkpoint is by the reader's clock: what happened since is in no dossier made at it."""
    if now is None:
        return []
    old, span = now - dossier.newest.at, aged(now - dossier.newest.at)
    if old < -CLOCKS_APART:
        zh = f"最新检查点的时间比本机时钟还晚 {span.zh}：其中一个时钟有误。"
        return [
            Said(zh, f"The newest checkpoint is {span.en} ahead of this computer's clock: one of the two is wrong.")
        ]
    if old < timedelta():
        return []
    zh = f"最新检查点距今 {span.zh}（依本机时钟）；此后发生的事不在卷宗内。要求更新的，用 --not-before。"
    en = f"The newest checkpoint is {span.en} old by this computer's clock; what happened since is not in the dossier. "
    return [Said(zh, en + "Use --not-before where that is too old.")]
