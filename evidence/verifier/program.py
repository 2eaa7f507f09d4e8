"""The command `python verify.py FILE.zip`: its options, and its result as text or JSON."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from datetime import datetime, timezone
from typing import Any

from evidence.verifier.completeness import shown_of
from evidence.verifier.finding import Finding
from evidence.verifier.limits import LARGEST_FILE, Said, Wrong
from evidence.verifier.notes import Key, read_key
from evidence.verifier.strict_json import instant
from evidence.verifier.verifying import Verified, verify

NOT_IN_FORCE = 3
"""The exit code of a dossier that holds, with a clock that is not under the rules in force."""


def all_in_force(verified: Verified) -> bool:
    """Whether every clock is under the rules that were in force."""
    return not any(found.outside for found in verified.findings)


def as_json(verified: Verified) -> dict[str, Any]:
    """The result for programs."""
    dossier = verified.dossier

    def clock(found: Finding) -> dict[str, Any]:
        each = found.clock
        return {
            "clock": each.name,
            "tier": each.tier,
            "rule": each.budget.rule,
            "rulebook": each.book.name,
            "started_at": each.start.isoformat(),
            "due_at": each.due.isoformat(),
            "ended_at": found.end.isoformat(),
            "set_aside_by": found.aside.version if found.aside else None,
            "provisional": each.counted.provisional,
            "days": [{"date": str(day.date), "counted": day.counted, "why": day.why.en} for day in each.counted.days],
            "verdict": found.verdict,
            "by_seconds": found.by.total_seconds(),
            "judged_at": found.judged.judged.isoformat() if found.judged else None,
            "judged_event": found.judged.version if found.judged else None,
            "in_force": not found.outside,
            "outside": [event.version for event in found.outside],
            "proven": found.proven,
            "witness": {"name": found.witness.witness, "size": found.witness.size, "at": found.witness.at.isoformat()}
            if found.witness
            else None,
            "before": found.before.size if found.before else None,
            "after": found.after.size if found.after else None,
            "on_record": [event.version for event in found.on_record],
            "late": [event.version for event in found.late],
            "sentences": [said._asdict() for said in found.sentences],
        }

    return {
        "ok": True,
        "in_force": all_in_force(verified),
        "format": dossier.manifest["format"],
        "log": str(dossier.key),
        "petition": dossier.manifest["petition"],
        "receipt": dossier.manifest["receipt"],
        "made_for": dossier.manifest["made_for"],
        "checkpoint": {
            "size": dossier.newest.size,
            "root": dossier.newest.root.hex(),
            "at": dossier.newest.at.isoformat(),
        },
        "events": len(dossier.events),
        "shown": shown_of(dossier)._asdict(),
        "proven": [said._asdict() for said in verified.proven],
        "clocks": [clock(found) for found in verified.findings],
        "remarks": [said._asdict() for said in verified.remarks],
    }


def plain(text: str) -> str:
    """The text with control characters, line ends and marks of reading direction escaped."""
    return "".join(each if each.isprintable() or each == "\u3000" else _escaped(each) for each in text)


def _escaped(each: str) -> str:
    code = each.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{code[at : at + 2].hex()}" for at in range(0, len(code), 2))


def dumped(value: Any) -> str:
    """JSON on one line; unprintable characters are escaped."""
    return plain(json.dumps(value, ensure_ascii=False)) + "\n"


def _both(said: Said, first: str, second: str = "") -> str:
    return f"{first}{plain(said.zh)}\n{second or first}{plain(said.en)}"


def as_text(verified: Verified) -> str:
    """The result for people."""
    lines = ["✓ 卷宗核验通过 the dossier holds", ""]
    if not all_in_force(verified):
        lines[1:1] = ["⚠ 但有时限不是依据当时施行的规则 but a clock is not under the rules in force"]
    lines += [_both(said, "  ") for said in verified.proven]
    for found in verified.findings:
        first, *rest = found.sentences
        lines += ["", _both(first, "● ", "  "), *(_both(said, "    ") for said in rest)]
    lines += ["", "请注意 to bear in mind:"]
    lines += [_both(said, "  ") for said in verified.remarks]
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    """Run the command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(prog="verify.py", description="核验诉求卷宗 Verify a petition's dossier.")
    parser.add_argument("file", help="卷宗 the dossier, as it was given out (a ZIP)")
    parser.add_argument("--key", help="日志公钥 the log's public key got elsewhere: NAME+ID+KEY, or a file with it")
    parser.add_argument("--checkpoint", action="append", default=[], help="别处取得的检查点 a checkpoint got elsewhere")
    parser.add_argument(
        "--witness", action="append", default=[], help="证人公钥 a witness's public key, or a file with it"
    )
    parser.add_argument("--not-before", help="卷宗不得早于此时 refuse a dossier older than this day or instant (UTC)")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    given = parser.parse_args(words)
    try:
        pinned = _given_key(given.key, "--key") if given.key else None
        witnesses = [_given_key(each, "--witness") for each in given.witness]
        elsewhere = [_content(each) for each in given.checkpoint]
        content = _content(given.file)
        not_before = _given_instant(given.not_before) if given.not_before else None
    except (Wrong, OSError) as error:
        sys.stderr.write(plain(str(error)) + "\n")
        return 2
    try:
        verified = verify(content, pinned, elsewhere, witnesses, not_before, datetime.now(timezone.utc))
    except Wrong as wrong:
        answer = {"ok": False, "wrong": wrong.said._asdict()}
        sys.stdout.write(dumped(answer) if given.json else _both(wrong.said, "✗ ", "  ") + "\n")
        return 1
    sys.stdout.write(dumped(as_json(verified)) if given.json else as_text(verified))
    return 0 if all_in_force(verified) else NOT_IN_FORCE


def _content(path: str) -> bytes:
    if not os.path.isfile(path):
        raise Wrong(f"没有此文件：{path}", f"There is no such file: {path}")
    with open(path, "rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise Wrong(f"文件过大：{path}", f"{path} is larger than any dossier ({LARGEST_FILE // 1024 // 1024} MB).")
    return content


def _given_instant(given: str) -> datetime:
    return instant(f"{given}T00:00:00Z" if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", given) else given)


def _given_key(given: str, where: str) -> Key:
    return read_key(_content(given).decode("utf-8", "replace") if os.path.isfile(given) else given, where)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
