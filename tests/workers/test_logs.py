"""One line a fact, flat, in JSON, from whichever side it comes."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from office.logs import configure_logs, only_errors


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for handler in handlers:
        root.removeHandler(handler)
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_structlog_stdlib_and_workflow_lines_come_out_flat(tmp_path: Path) -> None:
    file = tmp_path / "log"
    configure_logs("info", file=file)
    structlog.get_logger("workers.reading.relay").info("relay.woke", petition="p-1", says="噪音")
    logging.getLogger("library").warning("%s left", 3)
    logging.getLogger("library").debug("not wanted")
    logging.getLogger("temporalio.worker").info("not wanted either")
    logging.getLogger("temporalio.workflow").info(
        "petition.escalated",
        extra={"tier": "B", "temporal_workflow": {"workflow_id": "petition-1", "namespace": "default"}},
    )
    first, second, third = lines(file)
    assert (first["event"], first["petition"], first["level"]) == ("relay.woke", "p-1", "info")
    assert "噪音" in file.read_text("utf-8")
    assert (second["event"], second["logger"]) == ("3 left", "library")
    assert third["event"] == "petition.escalated"
    assert (third["tier"], third["workflow_id"]) == ("B", "petition-1")
    assert "temporal_workflow" not in third
    assert all(str(line["timestamp"]).endswith("Z") for line in (first, second, third))


def test_an_exception_stays_on_its_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    configure_logs(file=file)
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        structlog.get_logger("x").exception("broken")
    (line,) = lines(file)
    assert "ZeroDivisionError" in str(line["exception"])


def test_a_pipe_gets_json_and_the_level_counts(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning")
    structlog.get_logger("x").info("not wanted")
    structlog.get_logger("x").warning("wanted", number=1)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["number"]) == ("wanted", 1)


CANARY = "金丝雀 13812345678"


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
@pytest.mark.parametrize("own_level", [logging.NOTSET, logging.DEBUG])
def test_of_a_library_only_warnings_are_written_whatever_the_level(tmp_path: Path, level: str, own_level: int) -> None:
    """At lower levels they log what they send and execute; one may set its own level when it is imported."""
    file = tmp_path / "log"
    configure_logs(level, file=file)
    for name in ("some_library", "some_library.deep", "psycopg.pool", "temporalio.worker", "asyncio", "eventsourcing"):
        library = logging.getLogger(name)
        library.setLevel(own_level)
        library.debug("executing INSERT … VALUES ('%s')", CANARY)
        library.info("sent %s", CANARY)
        library.setLevel(logging.NOTSET)
    assert CANARY not in file.read_text("utf-8")


@pytest.mark.parametrize("name", ["apprise", "urllib3.connectionpool", "requests", "httpx", "httpcore.http11"])
def test_libraries_that_carry_messages_are_silent(tmp_path: Path, name: str) -> None:
    """Their warnings name the address, in which the telephone number stands."""
    file = tmp_path / "log"
    configure_logs("info", file=file)
    logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger(name).error("Failed to send notification to %s: error=500", CANARY)
    assert file.read_text("utf-8") == ""
    structlog.get_logger("workers.messaging.sender").warning("message.not_sent", code="gateway_refused")
    assert [line["event"] for line in lines(file)] == ["message.not_sent"], "we say what became of it, by its code"


def broken_while(text: str) -> None:
    """Raise while a resident's words are in a variable."""
    assert text
    raise ValueError("broken")


def test_an_exception_on_a_terminal_shows_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    configure_logs("info")
    try:
        broken_while(CANARY)
    except ValueError:
        structlog.get_logger("workers.activities").exception("step.failed")
    assert CANARY not in terminal.getvalue()
    assert "step.failed" in terminal.getvalue()
    assert "ValueError: broken" in terminal.getvalue()


@pytest.mark.engine
def test_of_a_row_the_database_refuses_the_message_is_written_and_not_the_row(
    postgres_dsn: str, tmp_path: Path
) -> None:
    file = tmp_path / "log"
    configure_logs("info", file=file)
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("CREATE TEMP TABLE said (text text UNIQUE, must int NOT NULL)")
        for values in ((CANARY, None), (f"{CANARY}\nsecond line", None)):
            with pytest.raises(psycopg.errors.NotNullViolation) as refused, connection.transaction():
                connection.execute("INSERT INTO said VALUES (%s, %s)", values)
            log = structlog.get_logger("workers.reading.projection_loop")
            log.warning("projection.waits", reason=str(refused.value))
            failed = RuntimeError("a step failed")
            failed.__cause__ = refused.value
            log.error("step.failed", exc_info=failed)
            logging.getLogger("temporalio.activity").warning("Completing activity as failed", exc_info=failed)
    said = file.read_text("utf-8")
    assert CANARY not in said
    assert "second line" not in said
    assert len(lines(file)) == 6
    assert said.count("violates not-null constraint") == 6
    assert said.count("RuntimeError: a step failed") == 4


def test_a_command_that_answers_and_ends_has_no_line_of_a_carrier(capsys: pytest.CaptureFixture[str]) -> None:
    only_errors()
    logging.getLogger("apprise").setLevel(logging.NOTSET)
    logging.getLogger("apprise").error("to %s", CANARY)
    assert CANARY not in capsys.readouterr().err
