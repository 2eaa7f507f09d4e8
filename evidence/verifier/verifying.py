"""Verifies a dossier as a whole, also against checkpoints from elsewhere, and collects the caveats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from evidence.verifier.checks import read_dossier
from evidence.verifier.completeness import not_shown
from evidence.verifier.dossier import Dossier, Event
from evidence.verifier.elsewhere import ages, check_not_before, compare, cosignatures, dated_later, witnessed
from evidence.verifier.finding import Finding, late_by
from evidence.verifier.in_force import adoptions, not_in_force
from evidence.verifier.limits import LATE_ENTRY, Said, Wrong
from evidence.verifier.notes import Key
from evidence.verifier.sentences import findings
from evidence.verifier.times import check_times, stamped_at
from evidence.verifier.words import done, length, shown


@dataclass
class Verified:
    """A dossier that verifies: what is proven, the findings about each clock, and the caveats."""

    dossier: Dossier
    proven: list[Said]
    findings: list[Finding]
    remarks: list[Said]


def verify(
    content: bytes,
    pinned: Key | None = None,
    elsewhere: Iterable[bytes] = (),
    witnesses: Iterable[Key] = (),
    not_before: datetime | None = None,
    now: datetime | None = None,
) -> Verified:
    """Verify a dossier. `elsewhere`: checkpoints, or continuations, obtained from somebody else.

    `not_before`: the newest checkpoint, and of each witness the newest cosignature, must not be older. `now`: the
    reader's own clock, by which ages are said.

    Raises:
        Wrong: the first error found.
    """
    try:
        dossier = read_dossier(content, pinned)
        compared = [compare(dossier, each) for each in elsewhere]
        seen = [(each, cosignatures(dossier, compared, each)) for each in witnesses]
        check_times(
            dossier,
            [*(each.sight for each in compared if not each.again), *(sight for _, found in seen for sight in found)],
            [each.sight for each in compared if each.again],
        )
        check_not_before(dossier, seen, not_before)
        dated_later(dossier, compared)
        outside = not_in_force(dossier)
        case, found = findings(dossier, outside, [sight for _, each in seen for sight in each])
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
        StopIteration,
    ) as error:
        # The signature is valid, so the office wrote this; this version does not know its shape.
        what = f"The dossier is not of the shape this verify.py knows ({type(error).__name__}: {str(error)[:80]})."
        raise Wrong("卷宗内容的格式与本程序所知不符。", what) from None
    said = [*_proven(dossier), *(each.said for each in compared), *witnessed(dossier, seen)]
    remarks = [
        *_remarks(dossier, pinned),
        *not_shown(dossier),
        *ages(dossier, now),
        *case.remarks,
        *_entered_late(dossier),
        *_rules_in_force(dossier, outside),
    ]
    return Verified(dossier, said, found, remarks)


def _proven(dossier: Dossier) -> list[Said]:
    newest, files, petition = dossier.newest, len(dossier.files), dossier.petition
    beside = len(dossier.events) - len(petition)
    opened = sum(text is not None for text in dossier.openings.values())
    erased = len(dossier.openings) - opened
    at = f"{newest.at:%Y-%m-%dT%H:%M:%SZ}"
    said = [
        Said(
            f"卷宗完整：{files} 个文件与已签名的清单一致（{dossier.key.name}）。",
            f"The dossier is whole: {files} files, as the manifest signed by {dossier.key.name} lists them.",
        ),
        Said(
            f"最新检查点：第 {newest.size} 条，{at}，根哈希 {newest.root.hex()}；"
            f"其余 {len(dossier.checkpoints) - 1} 个均为其前身。",
            f"The newest checkpoint: {newest.size} events, {at}, root {newest.root.hex()}; it continues the other "
            f"{len(dossier.checkpoints) - 1}.",
        ),
        *_earlier(dossier),
        Said(
            f"诉求 {dossier.manifest['receipt']}：截至该检查点共 {len(petition)} 条事件，无一缺漏；"
            f"相关事件 {beside} 条。",
            f"Petition {dossier.manifest['receipt']}: {len(petition)} events up to there, none missing; "
            f"{beside} events that belong to it.",
        ),
        Said(
            f"开启的密封内容 {opened} 项，均与当时的承诺值相符；已删除 {erased} 项（[erased]）。",
            f"{opened} sealed texts are shown and are those committed to; {erased} are [erased].",
        ),
    ]
    for each in dossier.checkpoints:
        token = dossier.files.get(f"checkpoints/{each.size}.tsr")
        stamped = stamped_at(token, each.content) if token else None
        if stamped:
            when = f"{stamped:%Y-%m-%dT%H:%M:%SZ}"
            said.append(
                Said(
                    f"第 {each.size} 条检查点附有时间戳（RFC 3161），自称 {when}，由谁签发未查。",
                    f"Beside the checkpoint of {each.size} events stands a time stamp (RFC 3161) that says {when}; "
                    "who issued it is not checked here.",
                )
            )
    return said


def _earlier(dossier: Dossier) -> list[Said]:
    """That a loss was accepted, and which checkpoints are older; like the manifest, the office's own statement."""
    names = [str(each) for each in dossier.manifest["log"].get("earlier", [])]
    if not names:
        return []
    old = [each.size for each in dossier.checkpoints if each.note.text.partition("\n")[0] != dossier.key.name]
    sizes = "、".join(map(str, old)) or "无"
    return [
        Said(
            f"本日志曾回退，经人确认遗失后改用现公钥；此前的公钥：{'、'.join(names)}。此前签名的检查点：{sizes}。",
            "The log was put back once, and goes on under the present key by a person's word, on record in it; keys of "
            f"before: {', '.join(names)}. Checkpoints of before: {', '.join(map(str, old)) or 'none'}. "
            "What was signed then and is lost is in no dossier.",
        )
    ]


def _remarks(dossier: Dossier, pinned: Key | None) -> list[Said]:
    said = list(dossier.remarks)
    if pinned is None:
        said.append(
            Said(
                f"公钥取自卷宗本身，请与别处取得的核对，或用 --key：{dossier.key}",
                f"The key is the dossier's own: compare it with one got elsewhere, or use --key: {dossier.key}",
            )
        )
    said.append(
        Said(
            "检查点的时间是日志自己的时钟；证人会签和时间戳才是外人的时间。",
            "A checkpoint's time is the log's own word; a witness's cosignature or a time stamp is somebody else's.",
        )
    )
    said.append(
        Said(
            "“无一缺漏”由各流版本图证明，该图须有全部记录才能重算，外人只有日志密钥持有者的签名为凭。",
            "“None missing” is shown by the map of heads; only who has the whole log can count it again: for others "
            "it is the word of who holds the log's key.",
        )
    )
    if any(name.endswith(".tsr") for name in dossier.files):
        said.append(
            Said(
                "时间戳由谁签发，本程序不查：openssl ts -verify -data N.note -in N.tsr -CAfile ROOT",
                "Whose stamps they are is not looked at here: openssl ts -verify -data N.note -in N.tsr -CAfile ROOT",
            )
        )
    if "report.pdf" in dossier.files:
        said.append(
            Said(
                "report.pdf 只核对了签名，未与事件逐条核对；两者不一时以本结果为准。",
                "report.pdf is the one that was signed, but was not read: where it says something else, this counts.",
            )
        )
    times = [each.at for each in dossier.checkpoints]
    if times != sorted(times):
        said.append(Said("检查点的时间有倒退。", "The times of the checkpoints do not rise: a clock was set back."))
    try:
        with open(__file__, "rb") as own:
            if own.read() != dossier.files["verify.py"]:
                said.append(
                    Said(
                        "正在使用的 verify.py 与卷宗所附的不同。",
                        "The verify.py that runs is not the one in the dossier.",
                    )
                )
    except OSError:
        pass
    return said


def _entered_late(dossier: Dossier) -> list[Said]:
    """Every entry of the petition that was written more than an hour after it says it counts."""
    zone = dossier.books[str(dossier.petition[0].body["rulebook"])].zone
    return [
        Said(
            f"第 {event.version} 条事件（{done(event).zh}）记为 {shown(event.at, zone)}，"
            f"{shown(event.recorded, zone)} 才登记，晚{length(late_by(event)).zh}。",
            f"Event {event.version} (“{done(event).en}”) of {shown(event.at, zone)} was entered "
            f"{shown(event.recorded, zone)}, {length(late_by(event)).en} later.",
        )
        for event in dossier.petition
        if late_by(event) > LATE_ENTRY
    ]


def _rules_in_force(dossier: Dossier, outside: list[Event]) -> list[Said]:
    """Which rulebooks were used, since when each was in force, and events decided under another than that in force."""
    adopted = adoptions(dossier)
    said = []
    used = {str(event.body["rulebook"]): event for event in reversed(dossier.petition)}
    for name in sorted(used, key=lambda name: used[name].version):
        days = [
            f"{event.body['effective_from']} (#{event.position})" for event in adopted if event.body["rulebook"] == name
        ]
        zh, en = "日志中没有采用记录。", "never adopted here."
        if days:
            zh, en = f"施行于 {'、'.join(days)}。", f"in force from {', '.join(days)}."
        elif dossier.books[name].id != dossier.town:
            zh = f"属另一地方（{dossier.books[name].id}），本日志为 {dossier.key.name}。"
            en = f"of {dossier.books[name].id}, another town's: the log is {dossier.key.name}."
        said.append(Said(f"规则库 {name[:19]}…：{zh}", f"Rulebook {name[:19]}…: {en}"))
    said += [
        Said(
            f"第 {event.version} 条事件依据的不是当时施行的规则库。",
            f"Event {event.version} was decided under a rulebook that was not the one in force then.",
        )
        for event in outside
    ]
    return said
