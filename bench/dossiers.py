"""(f) A dossier of 50 events made, and (g) verified, in a log of 200,000 events and 25,000 streams.

Made: rows, proofs, heads of the past, the report, the ZIP; the baseline sets the report alone. Verified: `python
verify.py FILE.zip` in a process of its own, start and all; the baseline is a Python that starts, reads the file and
hashes it. Above two seconds either misses its goal, whatever the ratio.
"""

import asyncio
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from bench.ground import Ground, Result
from bench.verify import fill
from eventstore.log import EventLog
from eventstore.proofs.notes import KeySigner
from evidence.dossiers.making import Asked, Made, Maker
from evidence.dossiers.page import report_pdf
from evidence.dossiers.page_contents import Told, page_of
from evidence.dossiers.redaction import Reader, told_of
from evidence.notary import Notary
from evidence.replaying import books_of
from office.intake import Offered, submission

EVENTS = 50
SECONDS = 2.0
SIGNER = KeySigner("suqiu/bench", b"\x01" * 32)
WINDOW = Actor(role=Role.CLERK, id="window-1")
READS_AND_HASHES = "import hashlib, sys; hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest()"


class Filed(NamedTuple):
    """The petition of 50 events in its log, and who makes its dossier."""

    maker: Maker
    asked: Asked

    def make(self) -> Made:
        """Its dossier, for the court."""
        return self.maker.make(self.asked)


def filed(ground: Ground) -> Filed:
    """Fill the log, then a petition with looks and letters enough; a checkpoint after every tenth event."""
    fill(ground)
    intake, event_log = ground.office.intake, ground.office.event_log
    assert intake is not None
    signed = [datetime.now().astimezone()]

    def now(_: datetime | None = None) -> datetime:
        return signed[0]

    notary = Notary(event_log, SIGNER, now)
    row = Offered(1, submission({"text": "路灯坏了，晚上看不清路", "phone": "13800000001"}), None)
    (taken,) = intake.take_in([row], WINDOW)
    assert taken.petition is not None
    notary.checkpoint()
    for number in range(EVENTS - 1):
        look = c.ReadSealedFields(at=ground.office.now(), by=WINDOW, fields=("text",), reason=f"联系居民 {number}")
        ground.office.handler.execute(taken.petition, look, f"look {number}")
        if number % 10 == 0:
            notary.checkpoint()
    # As if days had passed: checkpoints on both sides of its deadlines.
    signed[0] += timedelta(days=30)
    notary.checkpoint()
    size = event_log.head()
    maker = Maker(event_log, SIGNER, books_of(event_log, ground.office.rules_in_force.file), ground.office.rules.id)
    return Filed(maker, Asked(taken.petition, Reader.COURT, size, opened=True))


def page_alone(event_log: EventLog, here: Filed) -> float:
    """Reports/s of a page that is set from what is in memory."""
    made = here.make()
    records = event_log.read(here.asked.petition)
    books = here.maker.books
    book = books(records[-1].event.rulebook)
    assert book is not None
    told = Told(
        here.asked.petition,
        records,
        book,
        books,
        [made.checkpoint],
        str(SIGNER.verifier),
        told_of(here.asked.reader, opened=True),
    )
    began = time.perf_counter()
    report_pdf(page_of(told))
    return 1 / (time.perf_counter() - began)


def made(here: Filed) -> float:
    """Dossiers/s made."""
    began = time.perf_counter()
    assert here.make().events >= EVENTS
    return 1 / (time.perf_counter() - began)


def run(*words: str | Path) -> float:
    """How often a second this Python does it, from its start to its end."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-I", *words], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    return 1 / (time.perf_counter() - began)


async def measure(ground: Ground, rounds: int) -> Result:
    """Making, beside setting the report alone."""
    here = await asyncio.to_thread(filed, ground)
    mine, baseline = [], []
    for _ in range(rounds):
        baseline.append(await asyncio.to_thread(page_alone, ground.office.event_log, here))
        mine.append(await asyncio.to_thread(made, here))
    goal = 1 / SECONDS / (sum(baseline) / len(baseline))
    return Result(f"dossier of {EVENTS} events made / its report set alone", "1/s", mine, baseline, round(goal, 3))


async def measure_verifying(ground: Ground, rounds: int) -> Result:
    """Verifying, beside reading and hashing."""
    here = await asyncio.to_thread(filed, ground)
    content = (await asyncio.to_thread(here.make)).content
    file, verifier = ground.folder / "bench.zip", ground.folder / "verify.py"
    await asyncio.to_thread(file.write_bytes, content)
    source = Path(__file__).parents[1] / "evidence" / "dossiers" / "verify.py"
    await asyncio.to_thread(verifier.write_bytes, await asyncio.to_thread(source.read_bytes))
    mine, baseline = [], []
    for _ in range(rounds):
        baseline.append(await asyncio.to_thread(run, "-c", READS_AND_HASHES, file))
        mine.append(await asyncio.to_thread(run, verifier, file))
    goal = 1 / SECONDS / (sum(baseline) / len(baseline))
    name = f"python verify.py, dossier of {EVENTS} events / python that reads and hashes it"
    return Result(name, "1/s", mine, baseline, round(goal, 3))
