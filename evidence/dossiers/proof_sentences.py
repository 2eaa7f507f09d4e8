"""What checkpoints prove about a promise: answered on record before its end, not on record after it, or in between."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aggregates.record import Recorded
from aggregates.replay.dispute import Finding
from eventstore.proofs.checkpoint import Checkpoint
from evidence.deadline_sentences import Said
from projections.words import shown


def proven(finding: Finding, checkpoints: Sequence[Checkpoint], zone: ZoneInfo) -> list[Said]:
    """Sentences on what these checkpoints, oldest first, prove about the record at a promise's end.

    That a witness saw it is no sentence of the office's: whoever verifies says whom they trust (`verify.py --witness`).
    A checkpoint's time is the log's own, to the second: one in the very second of the end counts as signed after it.
    """
    due = finding.end
    before = next((each for each in reversed(checkpoints) if each.at < due), None)
    after = next((each for each in checkpoints if each.at >= due), None)
    answer = answered_by(finding)
    if answer is not None:
        return [_of_answer(answer, before, after, checkpoints, zone)]
    if finding.verdict != "missed":
        return []
    newest = checkpoints[-1] if checkpoints else None
    if newest is None or newest.at < due:
        return [Said("到期之后尚无检查点。", "No checkpoint was signed after it ended.")]
    return [
        _proof(
            f"{_sign(newest, zone).zh}签署时，仍无办结记录。",
            f"when {_sign(newest, zone).en} was signed, nothing was on record that would have met it.",
        )
    ]


def answered_by(finding: Finding) -> Recorded | None:
    """The record that met the promise, in time or late; None: nothing has."""
    promise = finding.promise
    return promise.ended_by if promise.ended == "met" else promise.met_later


def _of_answer(
    answer: Recorded,
    before: Checkpoint | None,
    after: Checkpoint | None,
    checkpoints: Sequence[Checkpoint],
    zone: ZoneInfo,
) -> Said:
    """Between which checkpoints the answer was recorded."""
    what = Said(
        f"办结记录 #{answer.version}（日志第 {answer.position} 条）",
        f"#{answer.version}, no. {answer.position} of the log,",
    )
    if before and before.size >= answer.position:
        first = next(each for each in checkpoints if each.size >= answer.position)
        return _proof(
            f"{_sign(first, zone).zh}在到期之前签署，已含{what.zh}。",
            f"{_sign(first, zone).en}, signed before it ended, holds {what.en} which met it.",
        )
    if after and after.size < answer.position:
        return _proof(
            f"{_sign(after, zone).zh}在到期之后签署，尚不含{what.zh}。",
            f"{_sign(after, zone).en}, signed after it ended, does not hold {what.en} which met it later.",
        )
    noted = shown(answer.recorded_at, zone)
    since = f"{_sign(before, zone).zh}之后、" if before else ""
    since_en = f"after {_sign(before, zone).en} and " if before else ""
    if after is None:
        return _proof(
            f"{what.zh}登记于 {noted}；到期之后尚无检查点。",
            f"{what.en} was entered {noted}; no checkpoint was signed after it ended.",
        )
    return _proof(
        f"{what.zh}写于{since}{_sign(after, zone).zh}之前；其间何时，以登记时间 {noted} 为准。",
        f"{what.en} was written {since_en}before {_sign(after, zone).en}; "
        f"when in between, only the recorded time says: {noted}.",
    )


def _proof(zh: str, en: str) -> Said:
    return Said(f"证据（依日志自己的时钟）：{zh}", f"Proof, by the log's own clock: {en}")


def _sign(checkpoint: Checkpoint, zone: ZoneInfo) -> Said:
    when = shown(checkpoint.at, zone)
    return Said(f"检查点（{when}，{checkpoint.size} 条）", f"the checkpoint of {when}, size {checkpoint.size}")
