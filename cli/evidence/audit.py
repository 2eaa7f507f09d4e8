"""`suqiu audit …`: the log verified, signed and witnessed. The formats are in `docs/evidence.md`."""

import io
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cli.doors import opened
from cli.failures import FAILED, WrongUse
from cli.options import COMMON, Common
from cli.progress import bar
from cli.screen import OUT, emit, remark
from cli.words import STDIN

if TYPE_CHECKING:
    from eventstore.proofs.checkpoint import Continuation
    from eventstore.proofs.notes import Verifier
    from evidence.cosigning import Countersigned
    from evidence.eras import Era
    from evidence.falling_times import Fall, Sight
    from evidence.notary import Notary
    from evidence.untimely_events import Judged, Untimely
    from office.composition import Office
    from office.settings import Settings

LogKey = Annotated[str | None, Parameter(help="The log's public key, or a file with it (default: the data folder's).")]


UNTIMELY_SHOWN = 100
"""Events with impossible times that are listed one by one."""


def verify(
    *,
    checkpoint: Path | None = None,
    log: LogKey = None,
    leaves_only: Annotated[bool, Parameter(help="Open no sealed fields, also where the master key is there.")] = False,
    common: Common = COMMON,
) -> int:
    """Recompute the whole log from its rows, and name the first wrong one.

    Positions and versions without gaps, each leaf from its row, root and map against every stored checkpoint and every
    one of the checkpoint file, signatures, cosignatures of the witnesses known here, time stamps; and, where the master
    key is there, that sealed fields open to what was committed to.

    Then the times: an event recorded later than those after it, a checkpoint that covers it, or the present was
    written by a wrong clock; and times never fall by more than five minutes along positions, neither those of events
    nor of checkpoints and cosignatures. The log is whole all the same; exit 1 until an act on record names each such
    event (`suqiu petition set-aside`; outside of petitions, and where times fall, `suqiu audit note-times`).

    Parameters
    ----------
    checkpoint
        A file of checkpoints seen elsewhere: a witness's, or a copy of the checkpoint file.
    """
    from evidence.auditing import verify as verified
    from evidence.checkpoint_file import finished, notes_in
    from evidence.cosigning import witnesses
    from evidence.log_key import checkpoint_file, log_signer
    from evidence.sealed_audit import open_sealed
    from evidence.time_stamps import time_stamps
    from office.connection import database_of

    settings = common.settings()
    log_signer(settings)  # one here that is no key is told, also where --log names another
    verifier, known = verifier_of_log(settings, log), witnesses(settings)
    kept = checkpoint_file(settings)
    seen = [] if kept is None or not kept.exists() else [(kept.name, note) for note in notes_in(finished(_text(kept)))]
    if checkpoint is not None:
        seen += [(checkpoint.name, note) for note in _notes(checkpoint)]
    if checkpoint is not None and not any(where == checkpoint.name for where, _ in seen):
        raise WrongUse(f"--checkpoint {checkpoint}: no checkpoint is in it")
    with opened(common) as ours:
        began = time.perf_counter()
        with bar("事件 events", None) as move:
            found = verified(
                database_of(settings), verifier, seen, stamps=time_stamps(settings), witnesses=known, progress=move
            )
        wrong, sealed = found.wrong, None
        if wrong is None and not leaves_only and ours.intake is not None:
            with bar("密封字段 sealed fields", None) as move:
                sealed = open_sealed(ours.event_log, found.events, move)
            wrong = sealed.wrong
        late, story, fallen = ([], 0, []) if wrong is not None else _untimely(ours, found.outside)
        held = wrong is None and not any(each.open for each in late) and all(each.noted for each in fallen)
        seconds = time.perf_counter() - began
    if common.json:
        emit(
            {
                "ok": held,
                "untimely": {
                    "ahead": sum(event.ahead for event in late),
                    "behind": sum(not event.ahead for event in late),
                    "put_right": sum(event.ahead and event.put_right for event in late),
                    "events": [event._asdict() for event in late[:UNTIMELY_SHOWN]],
                },
                "falls": [{"sentence": each.sentence(), "noted": each.noted} for each in fallen[:UNTIMELY_SHOWN]],
                "story": story,
                "events": found.events,
                "streams": found.streams,
                "root": found.root.hex(),
                "heads": found.heads.hex(),
                "checkpoints": found.checkpoints,
                "stamps": found.stamps,
                "countersigned": found.countersigned._asdict(),
                "signed_by": found.signed_by,
                "losses": [_loss(era) for era in found.eras],
                "lost_checkpoints": found.lost,
                "sealed": None if sealed is None else {"opened": sealed.opened, "erased": sealed.erased},
                "seconds": round(seconds, 3),
                "wrong": None if wrong is None else wrong._asdict(),
            }
        )
        return 0 if held else FAILED
    if verifier is None:
        remark("no public key of the log is known here: signatures were not checked (--log)")
    if wrong is not None:
        places = (("position", wrong.position), ("stream", wrong.stream), ("version", wrong.version))
        where = ", ".join(f"{name} {value}" for name, value in places if value is not None)
        OUT.print(f"[red]✗[/] {where or 'the log'}: ", end="")
        OUT.print(wrong.what, markup=False)
        return FAILED
    OUT.print(
        f"[green]✓[/] {found.events} events of {found.streams} streams are whole; {found.checkpoints} checkpoints "
        f"agree ({seconds:.1f} s)"
    )
    for era in found.eras:
        OUT.print(f"[yellow]![/] position {era.position}: {era.sentence()}", soft_wrap=True)
    if found.lost:
        OUT.print(f"[yellow]![/] {found.lost} checkpoints are of what was accepted as lost")
    _tell_witnesses(found.countersigned)
    if found.stamps:
        OUT.print(f"[green]✓[/] {found.stamps} checkpoints have a time stamp")
    if sealed is not None:
        OUT.print(f"[green]✓[/] {sealed.opened} sealed fields open to what was committed to; {sealed.erased} erased")
    OUT.print(f"root {found.root.hex()}", style="dim", soft_wrap=True)
    if story:
        remark(f"{story} events tell a story with a clock of its own, as the demo's do: their times are not judged")
    return max(tell_untimely(late), _tell_falls(late, fallen))


def _untimely(ours: "Office", outside: "Sequence[Sight]") -> "Judged":
    from evidence.untimely_events import untimely_events

    with ours.event_log.datastore.get_connection() as connection:
        return untimely_events(connection, outside)


def _tell_falls(late: "list[Untimely]", fallen: "list[Fall]") -> int:
    """Say where times fall along the log; answers the exit code: each is a finding until an act on record names it."""
    from eventstore.clock_guard import span

    behind, noted = [each for each in late if each.falls], {each.first for each in fallen if each.noted}
    left = [each for each in behind if each.open]
    wrong = list({each.first: each for each in fallen if not each.noted}.values())
    if len(behind) > len(left) or noted:
        told = f"{len(behind) - len(left)} events and {len(noted)} checkpoints"
        OUT.print(f"[green]✓[/] times fall at {told}; an act on record names each")
    if not left and not wrong:
        return 0
    OUT.print("[red]✗[/] times fall along the log by more than five minutes: dated back, or a clock was wrong")
    for each in left[:UNTIMELY_SHOWN]:
        at, much = each.recorded_at.isoformat(timespec="seconds"), span(timedelta(seconds=each.seconds))
        where = f"{each.stream}, position {each.position}: #{each.version} {each.topic}"
        OUT.print(f"  {where}, recorded {at}, {much} before what stands before it", markup=False, soft_wrap=True)
    for fall in wrong[:UNTIMELY_SHOWN]:
        OUT.print(f"  {fall.sentence()}", markup=False, soft_wrap=True)
    remark("where a clock was wrong, or something had waited, a leader notes it: `suqiu audit note-times`")
    return FAILED


def tell_untimely(late: "list[Untimely]") -> int:
    """Say which times cannot be true; answers the exit code: what was recorded ahead is a finding until put right."""
    from aggregates.streams import is_petition
    from eventstore.clock_guard import span
    from evidence.untimely_events import by_stream

    ahead = [each for each in late if each.ahead]
    behind = [each for each in late if not each.ahead and not each.falls]
    left = [each for each in ahead if not each.put_right]
    if ahead and not left:
        OUT.print(f"[green]✓[/] {len(ahead)} events were recorded ahead by a wrong clock; an act on record names each")
    if behind:
        most = timedelta(seconds=min(each.seconds for each in behind))
        remark(f"{len(behind)} events were recorded up to {span(most)} behind those before them; they may have waited")
    if not left:
        return 0
    OUT.print(
        f"[red]✗[/] the times of {len(left)} events cannot be true: a clock was ahead when they were recorded; "
        "the log is whole"
    )
    for stream in by_stream(left)[:UNTIMELY_SHOWN]:
        first = stream.events[0]
        topics = ", ".join(f"#{each.version} {each.topic}" for each in stream.events)
        at = first.recorded_at.isoformat(timespec="seconds")
        much = span(timedelta(seconds=stream.seconds))
        OUT.print(f"  {stream.stream}, position {first.position}: {topics}, recorded {at}, {much} ahead", markup=False)
    if any(is_petition(each.stream) for each in left):
        remark(
            "a leader puts a petition right, with a reason: `suqiu petition set-aside RECEIPT --by LEADER --reason -`"
        )
    if not all(is_petition(each.stream) for each in left):
        remark("a leader notes what stands outside of petitions: `suqiu audit note-times --by LEADER --reason WHY`")
    return FAILED


def checkpoint(*, common: Common = COMMON) -> int:
    """Sign the log as it is now, and print the checkpoint. What stands already is printed again, with cosignatures."""
    from eventstore.proofs.checkpoint import read_checkpoint

    with opened(common) as ours:
        note, made = notary_at_hand(ours).checkpoint()
    if common.json:
        emit({"made": made, "size": read_checkpoint(note).size, "note": str(note)})
    else:
        sys.stdout.write(str(note))
    return 0


def consistency(*, from_: Annotated[int, Parameter(name="--from")], common: Common = COMMON) -> int:
    """Print the newest checkpoint with the proof that it continues the log's first events: what a witness needs.

    Parameters
    ----------
    from_
        How many events the witness has seen (0: none yet).
    """
    from eventstore.proofs.checkpoint import read_checkpoint
    from evidence.notary import continuation
    from office.connection import database_of

    if from_ < 0:
        raise WrongUse(f"--from: expected a number of events, 0 or more; found {from_}")
    with opened(common):
        found = continuation(database_of(common.settings()), from_)
    if from_ > (size := read_checkpoint(found.note).size):
        raise WrongUse(f"--from: the newest checkpoint has {size} events, fewer than {from_}")
    if common.json:
        emit({"old": found.old, "proof": [each.hex() for each in found.proof], "note": str(found.note)})
    else:
        sys.stdout.write(str(found))
    return 0


def witness(
    *,
    log: Annotated[str, Parameter(help="The log's public key, or a file with it.")],
    state: Annotated[Path, Parameter(help="Where the witness remembers; its key stands beside it.")],
    checkpoint: Path | None = None,
    from_data: Annotated[bool, Parameter(help="Ask the store of --data or SUQIU_DATABASE_URL itself.")] = False,
    name: Annotated[str, Parameter(help="Name of a new witness's key.")] = "witness",
    within: Annotated[
        float, Parameter(help="How many hours old a checkpoint not seen before may be by the clock here.")
    ] = 24,
    accept_loss: Annotated[
        bool, Parameter(help="The log was put back and goes on under this new key: begin anew, the old state kept.")
    ] = False,
    common: Common = COMMON,
) -> int:
    """Countersign a checkpoint, if it continues the one seen last; refuse a log that was rolled back or forked.

    Refused, too, is one whose time goes back, is ahead of the clock here, or is far behind it.

    Parameters
    ----------
    checkpoint
        What `suqiu audit consistency --from SIZE` printed on the log's machine; `-`: stdin.
    """
    from eventstore.clock_guard import span
    from evidence.log_key import verifier_of
    from evidence.witness import witness as countersigned

    if not 0 < within < 1_000_000:
        raise WrongUse(f"--within: expected a number of hours, more than 0; found {within:g}")
    if (checkpoint is None) is not from_data:
        raise WrongUse("expected one of --checkpoint FILE and --from-data")
    given = None if checkpoint is None else _text(checkpoint)
    answer = countersigned(
        verifier_of(log),
        state,
        _asking(given, common),
        int(time.time()),
        name,
        accept_loss=accept_loss,
        within=timedelta(hours=within),
    )
    before = None if answer.before is None else answer.before.size
    if common.json:
        signed = {"size": answer.checkpoint.size, "before": before, "witness": str(answer.witness)}
        emit({**signed, "note": str(answer.note)})
        return 0
    sys.stdout.write(str(answer.note))
    remark(f"检查点距今 the checkpoint is {span(datetime.now(UTC) - answer.checkpoint.at)} old by the clock here")
    remark(
        f"the first checkpoint seen of this log: {answer.checkpoint.size} events are taken as they are; "
        f"countersigned by {answer.witness}"
        if before is None
        else f"continues the {before} events seen before; countersigned by {answer.witness}"
    )
    return 0


def key(*, common: Common = COMMON) -> int:
    """Print the log's public key: what auditors and witnesses know the log by."""
    verifier = verifier_of_log(common.settings(), None)
    if verifier is None:
        raise WrongUse("no log key: `suqiu up` makes one in its data folder; elsewhere set SUQIU_LOG_KEY")
    if common.json:
        emit({"name": verifier.name, "id": verifier.id.hex(), "key": str(verifier)})
    else:
        sys.stdout.write(f"{verifier}\n")
    return 0


def _asking(given: str | None, common: Common) -> "Callable[[int], Continuation]":
    from eventstore.proofs.checkpoint import read_continuation
    from evidence.notary import continuation
    from office.connection import database_of

    if given is not None:
        return lambda _old: read_continuation(given)
    dsn = database_of(common.settings())
    return lambda old: continuation(dsn, old)


def verifier_of_log(settings: "Settings", log: str | None) -> "Verifier | None":
    """The log's public key: the one given, else that of the key these settings have, else the data folder's.

    Raises:
        SettingsError: what is there is no key.
    """
    from evidence.log_key import log_verifier, verifier_of

    return log_verifier(settings) if log is None else verifier_of(log)


def _loss(era: "Era") -> dict[str, object]:
    keys = {"retired_key": str(era.retired), "key": str(era.key)}
    when = {"at": era.at.isoformat(), "lost_at": era.lost_at.isoformat()}
    return {
        "position": era.position,
        "by": era.by,
        "reason": era.reason,
        "kept": era.kept,
        "lost": era.lost,
        **when,
        **keys,
    }


def notary_at_hand(ours: "Office") -> "Notary":
    from evidence.notary import notary_of

    notary = notary_of(ours)
    if notary is None:
        raise WrongUse("no log key: set SUQIU_LOG_KEY, or give the data folder that has the key with --data")
    return notary


def _tell_witnesses(found: "Countersigned") -> None:
    whose = "、".join(f"{each} ({count})" for each, count in found.by.items())
    OUT.print(f"{found.checkpoints} checkpoints are countersigned{': ' if whose else ''}{whose}", markup=False)
    if found.unknown:
        remark(f"{found.unknown} cosignatures are of nobody known as a witness here: they prove nothing")


def _notes(file: Path) -> list[str]:
    from evidence.checkpoint_file import notes_in

    return notes_in(_text(file))


def _text(file: Path) -> str:
    try:
        return text_of(file)
    except UnicodeDecodeError:
        raise WrongUse(f"--checkpoint {file}: is no text") from None


def text_of(file: Path) -> str:
    """What is in a file, or comes in on stdin (`-`), with its line ends as they are: a note has no others than its own.

    Raises:
        OSError, UnicodeDecodeError: it cannot be read, or is no text.
    """
    if str(file) != STDIN:
        return file.read_bytes().decode("utf-8")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(newline="")
    return sys.stdin.read()
