"""The running parts: whether everything an office needs runs, progresses, and serves its metrics."""

import socket
import urllib.request
from collections.abc import Iterator
from typing import Any

import psycopg

from eventstore.parts.register import SILENT_SECONDS
from machine.diagnosis.check import Check
from machine.diagnosis.log_readers import command_of
from machine.diagnosis.looking import Site
from machine.diagnosis.words import span
from workers.vitals.parts import Running, running

SCRAPED_WITHIN_SECONDS = 2.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without the environment's proxy, which does not serve this machine's own ports."""


def look_at_parts(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """Each part has a process with a fresh heartbeat, and each metrics endpoint of this machine answers."""
    needed, beats = running(connection)
    faults = [part for part in needed if not part.working]
    builds = sorted({beat.build for beat in beats if not beat.silent})
    if faults:
        commands = dict.fromkeys(command_of(part.name) for part in faults)
        starts = ", ".join(f"`suqiu {command}`" for command in commands)
        yield Check("parts", False, "; ".join(map(_says, faults)), f"start {starts}, or `suqiu up`; end one that hangs")
    else:
        spares = sum(part.standing_by for part in needed)
        yield Check("parts", True, f"{len(needed)} run, {spares} stand by; build {' and '.join(builds)}")
    here = socket.gethostname()
    shown = {beat.detail["metrics"] for beat in beats if beat.detail.get("metrics") and beat.host == here}
    dumb = sorted(url for url in shown if not _answers(url))
    says = f"{', '.join(dumb)} does not answer" if dumb else f"{len(shown)} endpoints on this machine answer"
    yield Check("metrics", not dumb, says, "its part hangs: see its log, end it, start it again")


def _says(part: Running) -> str:
    if part.silent_seconds is None:
        return f"{part.name}: nobody runs it"
    if part.silent_seconds > SILENT_SECONDS:
        return f"{part.name}: silent for {span(part.silent_seconds)} ({part.who})"
    return f"{part.name}: nobody holds it"


def _answers(url: str) -> bool:
    try:
        with _DIRECT.open(url, timeout=SCRAPED_WITHIN_SECONDS) as answer:
            return int(answer.status) == 200
    except OSError:
        return False
