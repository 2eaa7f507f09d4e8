"""Makes a dossier: its files, the signed manifest over them, and the ZIP.

The same log, checkpoint and reader give the same bytes: the only instant in it is the checkpoint's, nothing is
compressed (compressors differ), and the ZIP has a fixed order and date.
"""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
import rfc8785

from aggregates.adoption import RulebookAdopted
from aggregates.erasures.events import ErasureDecided, ResidentErased
from aggregates.personal import Sealed, personal_fields
from aggregates.petition.state import Petition, fold
from aggregates.record import Recorded
from aggregates.replay.dispute import findings
from aggregates.replay.steps import NOT_TOLD, Books
from eventstore.leaf import leaf_content
from eventstore.log import ERASED, EventLog
from eventstore.proofs.checkpoint import Checkpoint
from eventstore.proofs.notes import Note, Signer, read_note
from eventstore.sealing import key_id, open_commitment
from evidence.deadline_sentences import Said
from evidence.dossiers.contents import Contents, events_of, gather, rulebooks_named
from evidence.dossiers.page import report_pdf
from evidence.dossiers.page_contents import Told, page_of
from evidence.dossiers.proving import Proven, prove
from evidence.dossiers.redaction import Reader, may_read, told_of
from evidence.dossiers.verify import FORMAT, WITH_EARLIER_KEYS, messages_of, packed
from evidence.replaying import not_in_force
from office.keys.erasing import stream_of as stream_of_erasure
from rulebook.problems import Expected

LATEST: Final = datetime.max.replace(tzinfo=UTC)
HERE = Path(__file__).parent
VERIFIER: Final = (HERE / "verify.py").read_bytes()
README: Final = (HERE / "README.txt").read_text("utf-8")


FILES: Final = (
    ("manifest.json", Said("文件清单，附日志密钥的签名", "every file with its SHA-256, signed by the log's key")),
    ("events.jsonl", Said("事件原文，每行一条", "the events, a line each, exactly as the log's tree has them")),
    ("proofs.json", Said("事件在日志中且无缺漏的证明", "proofs that they are in the log and none is missing")),
    ("checkpoints/", Said("检查点、会签、时间戳", "what the log signed when, cosignatures, time stamps")),
    ("openings.jsonl", Said("开启的密封内容", "sealed texts that are shown")),
    ("rulebooks/", Said("所依据的规则和日历", "the rules and calendars it was decided under")),
    ("verify.py", Said("核验程序", "the verifier")),
    ("README.txt", Said("怎样核验", "how to verify it")),
)
"""The files in the ZIP beside the report, as the report lists them."""


class NoDossier(Expected):
    """A dossier cannot be made; the message says why."""


class Made(NamedTuple):
    """A dossier's bytes, its checkpoint, and counts: `events`, fields `opened`, `erased` and still `sealed`.

    `no_key`: of those still sealed, what the reader may read and no key here opens, though no erasure is on record.
    """

    content: bytes
    checkpoint: Checkpoint
    events: int
    opened: int
    erased: int
    sealed: int
    no_key: int


@dataclass(frozen=True)
class Asked:
    """The request: whose dossier, for whom, at which checkpoint. `opened`: texts may be opened, the look is recorded.

    `seen`: sizes of checkpoints that the reader has from elsewhere. `kept_from`: petitions it was merged into that
    whoever gives it may not know of.
    """

    petition: str
    reader: Reader
    size: int
    opened: bool
    seen: Collection[int] = ()
    kept_from: Collection[str] = ()


class Maker:
    """Makes dossiers of one log, signed by its key."""

    def __init__(self, event_log: EventLog, signer: Signer, books: Books, rulebook: str) -> None:
        """Use a log, its signer, the rulebooks by hash, and the id of the office's rulebook."""
        self._petitions = event_log
        self._signer = signer
        self.books = books
        self._rulebook = rulebook

    def last_position(self, petition: str) -> int:
        """The position of the last event that belongs to a petition's dossier; 0: none."""
        return max((row.position for row in gather(self._petitions, petition, self._rulebook).rows), default=0)

    def make(self, asked: Asked) -> Made:
        """Make a dossier at a stored checkpoint.

        Raises:
            NoDossier: the petition did not exist then, its record cannot be folded, or a rulebook is missing.
            BadNote, BadProof, BrokenLog: the log does not agree with its checkpoints; `suqiu audit verify` says where.
            CannotOpen: the master key is not the one of this store.
        """
        # Of the petition it was merged into, leaves stand in clear: receipt, pseudonym, and what it complains about.
        targets = asked.reader in (Reader.COURT, Reader.AUDITOR)
        contents = gather(
            self._petitions, asked.petition, self._rulebook, asked.size, targets=targets, kept_from=asked.kept_from
        )
        if not contents.petition:
            raise NoDossier(f"nothing of the petition was on record at the checkpoint of {asked.size} events")
        own = events_of(contents.petition)
        try:
            deadlines = _deadlines(asked.petition, own, self.books)
            state = fold(asked.petition, [record.event for record in own])
        except NOT_TOLD as error:
            what = f"the record cannot be followed ({type(error).__name__}: {error}); `suqiu audit verify` looks at it"
            raise NoDossier(what) from error
        rows = contents.rows
        with psycopg.connect(self._petitions.datastore.dsn) as connection:
            proven = prove(
                connection,
                self._signer.verifier,
                asked.size,
                deadlines,
                [row.position for row in rows],
                {
                    messages_of(asked.petition),
                    f"rulebook-{self._rulebook}",
                    *(stream_of_erasure(resident) for resident in contents.residents),
                    *(row.stream for row in rows),
                },
                asked.petition,
                asked.seen,
            )
        openings, no_key = self._openings(contents, state, asked)
        files = self._files(contents, own, proven, openings)
        files["report.pdf"] = self._report(asked, contents, own, proven, openings, no_key)
        files |= self._manifest(files, asked, state, proven)
        shown = [each for each in openings.values() if each]
        erased = sum("erased" in each for each in shown)
        return Made(
            packed(files),
            proven.checkpoints[-1],
            len(rows),
            len(shown) - erased,
            erased,
            len(openings) - len(shown),
            no_key,
        )

    def _files(
        self, contents: Contents, own: list[Recorded], proven: Proven, openings: dict["Place", "Opening"]
    ) -> dict[str, bytes]:
        files: dict[str, bytes] = {"verify.py": VERIFIER}
        for kept, whole in zip(proven.kept, proven.notes, strict=True):
            files[f"checkpoints/{kept.size}.note"] = kept.note.encode()
            if whole != kept.note:
                files[f"checkpoints/{kept.size}.cosigned"] = whole.encode()
            if kept.stamp is not None:
                files[f"checkpoints/{kept.size}.tsr"] = kept.stamp
        leaves = [
            leaf_content(row.stream, row.version, row.topic, row.state, row.command_id, row.recorded_at)
            for row in contents.rows
        ]
        files["events.jsonl"] = b"".join(leaf + b"\n" for leaf in leaves)
        files["openings.jsonl"] = b"".join(rfc8785.dumps(each) + b"\n" for each in openings.values() if each)
        files["proofs.json"] = rfc8785.dumps(proven.proofs)
        for name in rulebooks_named([record.event for record in own]):
            files[f"rulebooks/{name.removeprefix('sha256:')}.json"] = self._book(name, contents)
        files["README.txt"] = README.format(
            key=self._signer.verifier, verifier=sha256(VERIFIER).hexdigest(), format=FORMAT
        ).encode()
        return files

    def _report(
        self,
        asked: Asked,
        contents: Contents,
        own: list[Recorded],
        proven: Proven,
        openings: dict["Place", "Opening"],
        no_key: int,
    ) -> bytes:
        """The report for people who decide."""
        book = self.books(own[-1].event.rulebook)
        if book is None:
            raise NoDossier(f"the rulebook {own[-1].event.rulebook} cannot be read here")
        log = self._signer.verifier.name
        told = Told(
            petition=asked.petition,
            records=own,
            book=book,
            books=self.books,
            checkpoints=proven.checkpoints,
            key=str(self._signer.verifier),
            redaction=told_of(asked.reader, opened=asked.opened),
            opened={place: ERASED if "erased" in each else each["text"] for place, each in openings.items() if each},
            messages=events_of(contents.messages),
            orders=[events_of(each) for each in contents.orders],
            erasures=events_of(contents.erasures),
            witnesses=[name for name, _ in read_note(proven.notes[-1]).signatures if name != log],
            files=FILES,
            sealed=sum(each is None for each in openings.values()),
            no_key=no_key,
            outside=not_in_force(own, events_of(contents.rulebooks), self.books),
        )
        return report_pdf(page_of(told))

    def _book(self, name: str, contents: Contents) -> bytes:
        """A rulebook's canonical JSON: as adopted, else that of the office's file.

        Raises:
            NoDossier: neither has this hash.
        """
        for record in events_of(contents.rulebooks):
            if isinstance(record.event, RulebookAdopted) and record.event.rulebook == name:
                return record.event.content.encode()
        book = self.books(name)
        if book is None:
            raise NoDossier(
                f"the rulebook {name} is neither in the log nor given here: start with the rulebook of then"
            )
        return book.canonical

    def _openings(self, contents: Contents, petition: Petition, asked: Asked) -> tuple[dict["Place", "Opening"], int]:
        """Each sealed field: its salt and text, or that it is erased; None: it stays sealed. How many lack a key."""
        others = {row.stream for rows in contents.merged_into for row in rows}
        records = [record for record in events_of(contents.rows) if record.stream not in others]
        erased, since = erased_keys(events_of(contents.erasures)), erased_since(events_of(contents.erasures))
        sealed = [
            (record, field, value)
            for record in records
            for field in personal_fields(type(record.event))
            if isinstance(value := getattr(record.event, field), Sealed)
        ]
        keys = (
            self._petitions.keyring.keys_of({str(getattr(record.event, "resident", "")) for record, *_ in sealed})
            if asked.opened
            else {}
        )
        found: dict[Place, Opening] = {}
        no_key = 0
        for record, field, value in sealed:
            place = (record.stream, record.version, field)
            key = keys.get(str(getattr(record.event, "resident", "")))
            found[place] = None
            resident = str(getattr(record.event, "resident", ""))
            if value.key in erased or (not value.key and since.get(resident, record.position) < record.position):
                found[place] = {"erased": True, "field": field, "position": record.position}
            elif not asked.opened or not may_read(asked.reader, record, field, petition):
                continue
            elif key is None or key_id(key) != value.key:
                no_key += 1
            else:
                salt, text = open_commitment(value, key, record.stream, record.version, field)
                found[place] = {
                    "field": field,
                    "position": record.position,
                    "salt": base64.b64encode(salt).decode(),
                    "text": text,
                }
        return found, no_key

    def _manifest(self, files: dict[str, bytes], asked: Asked, petition: Petition, proven: Proven) -> dict[str, bytes]:
        newest, verifier = proven.checkpoints[-1], self._signer.verifier
        # Only a log that was put back has keys of before: every other dossier stays what it was, to the byte.
        earlier = {"earlier": [str(each) for each in proven.earlier]} if proven.earlier else {}
        kind = WITH_EARLIER_KEYS if earlier else FORMAT
        manifest = rfc8785.dumps(
            {
                "checkpoint": {"at": f"{newest.at:%Y-%m-%dT%H:%M:%SZ}", "size": newest.size},
                "files": {
                    name: {"sha256": sha256(content).hexdigest(), "size": len(content)}
                    for name, content in files.items()
                },
                "format": kind,
                "log": {"key": str(verifier), "name": verifier.name, **earlier},
                "made_for": asked.reader.value,
                "opened": asked.opened,
                "petition": asked.petition,
                "receipt": petition.receipt,
            }
        )
        text = f"{kind}\n{asked.petition}\n{sha256(manifest).hexdigest()}\n"
        return {"manifest.json": manifest, "manifest.sig": str(Note(text).signed(self._signer)).encode()}


def _deadlines(petition: str, own: Sequence[Recorded], books: Books) -> set[datetime]:
    """The end of each promise: as it is recorded, and as it is judged where that differs."""
    return {due for each in findings(petition, own, books, LATEST) for due in (each.promise.clock.due_at, each.end)}


def erased_keys(records: Sequence[Recorded]) -> set[str]:
    """Ids of destroyed keys, by the record: an erasure, or its approval where the erasure found no key."""
    carried_out = {record.stream: record.version for record in records if isinstance(record.event, ResidentErased)}
    return {
        record.event.key
        for record in records
        if isinstance(record.event, (ResidentErased, ErasureDecided))
        and record.event.key
        and record.version <= carried_out.get(record.stream, 0)
    }


def erased_since(records: Sequence[Recorded]) -> dict[str, int]:
    """Resident → position of the first approval of an erasure that was carried out: later texts have no key."""
    carried_out = {record.stream: record.version for record in records if isinstance(record.event, ResidentErased)}
    found: dict[str, int] = {}
    for record in records:
        done = record.version <= carried_out.get(record.stream, 0)
        if done and isinstance(record.event, ErasureDecided) and record.event.approved:
            found.setdefault(record.event.subject, record.position)
    return found


Place = tuple[str, int, str]
"""Stream, version and field."""

Opening = dict[str, Any] | None
"""A line of `openings.jsonl`; None: the field stays sealed."""
