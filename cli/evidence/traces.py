"""`suqiu export …`: the log for auditors and process mining, without personal data, in four formats."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.doors import opened
from cli.failures import NotInstalled, WrongUse
from cli.figures.export import harmless
from cli.moments import iso, read_day
from cli.options import COMMON, Common
from cli.progress import bar
from cli.screen import OUT, emit, remark, remarks, tell_left_out
from eventstore.private_files import replacing
from rulebook.visible import visible

if TYPE_CHECKING:
    from aggregates.record import Unreadable
    from projections.sentences import Names
    from projections.traces.choosing import Wanted
    from projections.traces.occurrences import Occurrence
    from rulebook.model import Rulebook

    Write = Callable[[Iterable[Occurrence], Names], Iterator[bytes]]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Which:
    """Which petitions an export takes, whole: by the day they were received, and by what they are about."""

    from_: Annotated[str | None, Parameter(name="--from", help="Received on this day or later, as 2026-03-01.")] = None
    to: Annotated[str | None, Parameter(help="Received on this day or before.")] = None
    category: Annotated[str | None, Parameter(help="Only this category (the one they have in the end).")] = None


ALL = Which()


def ocel(file: Path, /, *, which: Which = ALL, common: Common = COMMON) -> int:
    """OCEL 2.0 JSON: events with the petitions, orders, messages, residents, units, providers, officers, rules, clocks.

    Residents and officers stand under names made for this file alone; petitions keep their ids, through which the names
    of two exports join. No personal data.

    Parameters
    ----------
    file
        Where to; written whole or not at all.
    """
    from projections.traces.ocel import ocel as write

    return _export(file, "ocel", lambda seen, names: _utf8(write(seen, names)), which, common)


def xes(file: Path, /, *, which: Which = ALL, common: Common = COMMON) -> int:
    """XES: a trace a petition or service order, for tools that take one case at a time. No personal data.

    Parameters
    ----------
    file
        Where to; written whole or not at all.
    """
    from projections.traces.xes import xes as write

    return _export(file, "xes", lambda seen, _: _utf8(write(seen)), which, common)


def table(file: Path, /, *, which: Which = ALL, common: Common = COMMON) -> int:
    """CSV, a row an event, in UTF-8 with ASCII column names; instants in UTC. No personal data.

    Parameters
    ----------
    file
        Where to; written whole or not at all.
    """
    return _export(file, "csv", lambda seen, _: _csv(seen), which, common)


def parquet(file: Path, /, *, which: Which = ALL, common: Common = COMMON) -> int:
    """Parquet, the same table as `export csv`, typed. No personal data.

    Needs `pip install suqiu[parquet]`; in a checkout `make setup`, or `pip install '.[parquet]'`.

    Parameters
    ----------
    file
        Where to; written whole or not at all.
    """
    from projections.traces.table import COLUMNS, rows

    try:
        from projections.traces.parquet import parquet as write
    except ModuleNotFoundError as missing:
        if missing.name != "pyarrow":
            raise
        raise NotInstalled(
            "Parquet is written by pyarrow, which is not installed: pip install suqiu[parquet], in a checkout "
            "pip install '.[parquet]'; "
            "`suqiu export csv` writes the same table without it"
        ) from None

    return _export(file, "parquet", lambda seen, _: write(COLUMNS, rows(seen)), which, common)


def _export(file: Path, form: str, write: "Write", which: Which, common: Common) -> int:
    from evidence.tracing import choose, traces
    from projections.order_sentences import order_names_of

    with opened(common) as ours:
        wanted = _wanted(which, ours.rules)
        left_out: list[Unreadable] = []
        kept = choose(ours.event_log, wanted, left_out.append)
        cases = kept if form == "ocel" else [each for each in kept if each.kind != "messages"]
        with bar("诉求和订单 cases", len(cases)) as move, _draft(file) as out:
            for piece in write(traces(ours.event_log, cases, move), order_names_of(ours.rules)):
                out.write(piece)
        zone = ours.rules.zone
    events = sum(each.events for each in cases)
    count = Counter(each.kind for each in cases)
    if common.json:
        span = {"from": iso(wanted.since, zone), "to": iso(wanted.until, zone), "category": wanted.category}
        told = {"petitions": count["petition"], "orders": count["order"], "messages": count["messages"]}
        unread = {"left_out": [row._asdict() for row in left_out]}
        emit({"file": str(file), "format": form, **told, "events": events, **span, **unread})
        return 1 if left_out else 0
    told_orders = f"{count['order']} 件 orders, " if count["order"] else ""
    OUT.print(
        f"{file}: {count['petition']} 件 petitions, {told_orders}{events} 条 events", markup=False, soft_wrap=True
    )
    remark("居民和工作人员用的是本文件专用的代号 residents and officers stand under names made for this file alone")
    remark("诉求编号各次导出相同，代号可据此对应 petitions keep their ids: through them the names of two exports join")
    tell_left_out(left_out)
    return 1 if left_out else 0


def _wanted(which: Which, book: "Rulebook") -> "Wanted":
    from projections.traces.choosing import Wanted

    notes: list[str] = []

    def midnight(option: str, text: str | None, after: timedelta) -> datetime | None:
        day = read_day(option, text, book.zone, notes) if text is not None else None
        return datetime.combine(day + after, time(), book.zone) if day is not None else None

    if which.category is not None:
        book.category(which.category)
    first, last = midnight("--from", which.from_, timedelta()), midnight("--to", which.to, timedelta(days=1))
    remarks(notes)
    return Wanted(first, last, which.category)


def _utf8(pieces: Iterable[str]) -> Iterator[bytes]:
    return (piece.encode() for piece in pieces)


def _csv(seen: "Iterable[Occurrence]") -> Iterator[bytes]:
    from datetime import UTC

    from projections.traces.table import COLUMNS, Value, rows

    line = io.StringIO()
    writer = csv.writer(line)

    def plain(cell: Value) -> str | int:
        if isinstance(cell, datetime):
            return cell.astimezone(UTC).isoformat(timespec="milliseconds")
        return "" if cell is None else cell if isinstance(cell, int) else harmless(visible(cell))

    writer.writerow([column.name for column in COLUMNS])
    for row in rows(seen):
        writer.writerow([plain(cell) for cell in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()
    yield line.getvalue().encode()


@contextmanager
def _draft(path: Path) -> Iterator[IO[bytes]]:
    """A file beside the place, for its owner only, which it takes when it is whole.

    Raises:
        WrongUse: there is no such folder.
    """
    if not path.parent.is_dir():
        raise WrongUse(f"{path}: expected a file in a folder that is there")
    with replacing(path) as file:
        yield file
