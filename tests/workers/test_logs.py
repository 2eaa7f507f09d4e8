"""One line a fact, flat, in JSON, from whichever side it comes."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from office.logs import configure_logs


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
