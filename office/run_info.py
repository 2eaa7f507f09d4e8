"""What a running `suqiu up` announces in its data folder (`run.json`), and how other commands read it."""

from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError


class RunInfo(BaseModel):
    """The content of `run.json`, written by `up` once it accepts petitions: addresses, and what runs."""

    model_config = ConfigDict(frozen=True)

    database: str  # a DSN
    temporal: str  # host:port
    temporal_ui: str | None = None  # an http URL, if Temporal's web pages were asked for
    pid: int
    namespace: str
    task_queue: str
    pids: dict[str, int]
    web: str | None = None  # an http URL of pages, which are not there yet
    web_port: int | None = None  # kept for them
    metrics: str | None = None  # an http URL
    ready: bool = True  # everything runs
    engine_private: bool = False  # no other local user reaches the engine's ports
    engine: bool = True  # Temporal answers; False while it is started, or started again


def read_run(folder: Path) -> RunInfo | None:
    """The `run.json` of the `up` that runs on this folder; None: none runs. A file left by a killed one is ignored."""
    path = folder.expanduser() / "run.json"
    try:
        run = RunInfo.model_validate_json(path.read_text("utf-8"))
        # A process younger than the file has only inherited the number.
        if psutil.Process(run.pid).create_time() > path.stat().st_mtime + 2:
            return None
    except (OSError, ValidationError, psutil.Error):
        return None
    return run
