"""What a resident says is in no log, whatever the level: neither of ours, nor of a library, nor of a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Running, Shell

pytestmark = pytest.mark.engine
CANARY = "金丝雀7c1e"
NUMBER = "13877665544"
WORDS = {
    "text": f"（虚构）楼道的灯坏了，{CANARY}话",
    "title": f"{CANARY}题",
    "name": f"{CANARY}名",
    "address": f"{CANARY}址",
    "phone": NUMBER,
    "external_id": f"{CANARY}号",
}


@pytest.fixture
def loud(short_folder: Path) -> Iterator[Shell]:
    """An office whose every part says all it can; the folder's logs are read after its end."""
    shell = Shell(short_folder / "loud", {"SUQIU_LOG_LEVEL": "debug"})
    up = Running(shell, "up", "--port", "0")
    yield shell
    up.stop()


def logs(shell: Shell) -> dict[str, str]:
    files = [*(shell.data / "logs").rglob("*"), shell.data.with_name(f"{shell.data.name}-up.stderr")]
    return {file.name: file.read_text("utf-8", "replace") for file in files if file.is_file()}


@pytest.mark.timeout(240)
def test_no_log_and_no_error_has_what_a_resident_or_a_clerk_said(loud: Shell, tmp_path: Path) -> None:
    for field, said in WORDS.items():
        (tmp_path / field).write_text(said, "utf-8")

    def said(field: str) -> str:
        return f"@{tmp_path / field}"

    options = [part for name in ("title", "name", "address", "phone") for part in (f"--{name}", said(name))]
    submitted = loud("submit", said("text"), *options, "--external-id", said("external_id"), "--json")
    receipt = submitted.row["receipt"]
    answers = [submitted, loud("submit", said("text"), "--phone", said("text"), "--json")]
    loud.until(receipt, "proposed", "dispatched")

    def acts(*typed: str) -> None:
        answers.append(loud("petition", typed[0], receipt, *typed[1:], "--command-id", CANARY))

    acts("join", "--name", said("name"), "--phone", said("phone"), "--address", said("address"))
    acts("contact", "--by", "window-1")
    acts("confirm")
    acts("pause", "--by", "window-1", "--what", said("text"))
    acts("resume", "--answer", said("text"))
    acts("reclassify", "--by", "window-1", "--matter", CANARY, "--reason", said("text"))
    acts("withdraw", "--reason", said("text"))
    loud("petition", "read", receipt, "--by", "window-1", "--reason", said("text"), "--field", "phone")
    answers += [
        loud("petition", "show", f"{receipt}{NUMBER}"),
        loud("petition", "may", receipt),
        loud("outbox"),
        loud("outbox", "--read", "no-such", "--by", "window-1", "--reason", said("text")),
        loud("ledger"),
        loud("worklist"),
        loud("audit", "verify"),
        loud("order", "post", said("text"), "--service", "homework-help", "--phone", said("phone")),
        loud("doctor"),
        loud("classify", said("text"), "--json"),
        loud("replay", receipt),
        loud("export", "csv", str(tmp_path / "events.csv")),
        loud("workflows", "reconcile"),
    ]
    for answer in answers:
        assert "Traceback" not in answer.err, answer
        assert NUMBER not in answer.out + answer.err, answer
        assert CANARY not in answer.err.replace(f"{CANARY!r}", ""), answer
    assert (tmp_path / "events.csv").stat().st_size > 0
    assert CANARY not in (tmp_path / "events.csv").read_text("utf-8")
    found = logs(loud)
    assert any("suqiu.log" in name for name in found)
    assert any('"level": "debug"' in text or '"level": "info"' in text for text in found.values())
    for name, text in found.items():
        for secret in (CANARY, NUMBER, CANARY.encode("unicode_escape").decode()):
            assert secret not in text, (name, text[max(0, text.index(secret) - 300) : text.index(secret) + 100])
