#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the suqiu maintainers. Licensed under the Apache License, Version 2.0:
# http://www.apache.org/licenses/LICENSE-2.0
#
# Assembled by `make verifier` from evidence/verifier/ of suqiu: limits.py, zip_file.py, strict_json.py, notes.py,
# tree.py, book.py, dossier.py, times.py, completeness.py, checks.py, in_force.py, clock.py, words.py, running.py,
# following.py, finding.py, sentences.py, elsewhere.py, verifying.py, program.py; each after those it uses. Do not
# edit this file: change those, and assemble it again. A test fails where it is not what they make.
"""核验诉求卷宗 · Verify a petition's dossier: `python verify.py FILE.zip`.

One file. It needs Python 3.9 or newer and the package `cryptography`; no network, no database, nothing of suqiu.
Exit code 0: everything holds, and what is proven is said in sentences; 1: the first thing that is wrong; 2: wrong use.

A verifier that comes with what it verifies proves little by itself: whoever forges the one can forge the other. Compare
this file's SHA-256 with one got elsewhere, and give the log's public key with --key.

How it goes, in this order (`docs/evidence.md` of suqiu has the formats):

 1. the ZIP is byte for byte what its files make, and they are those of the signed manifest;
 2. every checkpoint is signed by the log's key, and the newest one continues all the others;
 3. every event is in the log (inclusion), and of no stream is a version missing (the map of heads);
 4. texts that are shown are those the log committed to; the rulebooks are those the events name;
 5. then the clocks are counted again, day by day, from the rules, the calendar and the events: what the office wrote of
    its deadlines is not believed but compared.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import os
import re
import struct
import sys
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cached_property
from hashlib import sha256
from itertools import accumulate, groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # said in a sentence, not as a traceback
    sys.stderr.write("需要 cryptography this needs the package cryptography: python -m pip install cryptography\n")
    raise SystemExit(2) from None


# ---------------------------------------------------------------- limits.py
# Known formats, limits of what is read, and the error that says what is wrong.

FORMAT = "suqiu/dossier/1"
WITH_EARLIER_KEYS = "suqiu/dossier/2"
"""The same for a log with an accepted loss: the manifest lists the keys that signed before, as `log.earlier`."""
LARGEST_FILE = 64 * 1024 * 1024
LARGEST_NOTE = 1_000_000
"""Bytes of a signed note with its cosignatures."""
MOST_ENTRIES = 5_000
MOST_EVENTS = 20_000
MOST_VALUES = 3_000_000
"""Values in all JSON of a dossier together: bounds the memory, whatever is in it."""
LONGEST_NUMBER = 20
LONGEST_CLOCK = 20_000
"""The most days of one clock."""
MOST_DAYS = 3_000_000
"""The most days of all clocks together: a real petition has some thousands."""
MOST_LOOKS = 500_000
"""The most clocks times events: each event is compared with each clock."""
CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of who records an event and who signs a checkpoint may differ."""
HEARD_WITHIN = timedelta(seconds=10)
"""How long after an adoption a step may still name the rulebook before it."""
LATE_ENTRY = timedelta(hours=1)
"""How late an act may be entered and still count from when it was done, where a rulebook says nothing of it."""

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
"""Who acts: one alphabet, so that no two names look alike."""
NAMES = re.compile(
    r"README\.txt|checkpoints/[1-9][0-9]{0,17}\.(?:cosigned|note|tsr)|events\.jsonl|manifest\.json|manifest\.sig|openings\.jsonl"
    r"|proofs\.json|report\.pdf|rulebooks/[0-9a-f]{64}\.json|verify\.py"
)
SHAPES = {
    "petition.confidentiality_set": 2,
    "petition.confirmed": 2,
    "petition.disputed": 2,
    "petition.merged": 2,
    "petition.received": 2,
    "petition.reclassified": 2,
    "petition.resident_joined": 2,
    "petition.resumed": 2,
    "petition.review_requested": 2,
    "petition.sealed_fields_read": 2,
    "petition.triaged": 2,
    "petition.unmerged": 3,
    "petition.withdrawn": 2,
}
"""The newest known version of a petition's event, where it is above 1."""
NEEDED = ("README.txt", "events.jsonl", "openings.jsonl", "proofs.json", "verify.py")


class Said(NamedTuple):
    """One sentence in two languages."""

    zh: str
    en: str


class Wrong(Exception):
    """The first error found, in two languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.said = Said(zh, en)


# ---------------------------------------------------------------- zip_file.py
# The dossier's ZIP, in one reproducible form.


def entry(name: bytes, content: bytes) -> bytes:
    """A file in the ZIP: stored uncompressed, dated 1980-01-01, no extra fields."""
    return struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, *_sizes(content), len(name), 0) + name + content


def directory(name: bytes, content: bytes, offset: int) -> bytes:
    """The file's entry in the ZIP's central directory."""
    head = struct.pack("<4s6H3I", b"PK\1\2", 0x0314, 20, 0, 0, 0, 33, *_sizes(content))
    return head + struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0o100644 << 16, offset) + name


def packed(files: dict[str, bytes]) -> bytes:
    """The ZIP of these files: equal files give equal bytes."""
    body, lines = bytearray(), bytearray()
    for name in sorted(files):
        lines += directory(name.encode(), files[name], len(body))
        body += entry(name.encode(), files[name])
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(files), len(files), len(lines), len(body), 0)
    return bytes(body + lines + end)


def _sizes(content: bytes) -> tuple[int, int, int]:
    return zlib.crc32(content), len(content), len(content)


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of a dossier's ZIP.

    Raises:
        Wrong: not a ZIP, cut short, packed by another program, or altered in any bit.
    """
    if content[:4] != b"PK\3\4":
        raise Wrong("不是卷宗（不是 ZIP 文件）。", "It is no dossier: it does not begin as a ZIP does.")
    files: dict[str, bytes] = {}
    at = 0
    while content[at : at + 4] == b"PK\3\4":
        name, data, at = _entry_at(content, at)
        if files and name <= max(files):
            raise Wrong(
                f"ZIP 内文件重复或次序不对：{name}。", f"A file stands twice or out of order in the ZIP: {name}."
            )
        files[name] = data
        if len(files) > MOST_ENTRIES:
            raise Wrong("ZIP 内文件过多。", f"More than {MOST_ENTRIES} files are in the ZIP.")
    if content[at : at + 4] != b"PK\1\2":
        raise Wrong("ZIP 不完整（被截断或改动）。", f"The ZIP is cut short or altered at byte {at}.")
    if packed(files) != content:
        raise Wrong("ZIP 的目录与其内容不符。", "The ZIP's directory is not that of its files, or something is beside.")
    return files


def _entry_at(content: bytes, at: int) -> tuple[str, bytes, int]:
    if len(content) < at + 30:
        raise Wrong("ZIP 不完整（被截断）。", f"The ZIP is cut short at byte {len(content)}.")
    _, _, flags, method, _, _, _, small, size, length, extra = struct.unpack("<4s5H3I2H", content[at : at + 30])
    raw = content[at + 30 : at + 30 + length]
    name = raw.decode("ascii", "replace")
    if flags & 1:
        raise Wrong("ZIP 内文件被加密。", f"A file of the ZIP is encrypted: {name[:80]!r}.")
    if method != 0 or small != size or flags or extra:
        raise Wrong(
            "ZIP 由其他程序重新打包；请使用原文件。",
            f"The ZIP was packed again by another program (compressed, or with fields of its own, at {name[:80]!r}): "
            "use the file as it was given out.",
        )
    if not NAMES.fullmatch(name):
        raise Wrong(f"卷宗中不应有此文件：{name[:80]!r}。", f"A file that no dossier has: {name[:80]!r}.")
    begin = at + 30 + length
    if begin + size > len(content):
        raise Wrong("ZIP 不完整（被截断）。", f"The ZIP is cut short within {name}.")
    data = content[begin : begin + size]
    if entry(raw, data) != content[at : begin + size]:
        raise Wrong(f"ZIP 内文件受损：{name}。", f"A file of the ZIP is damaged: {name}.")
    return name, data, begin + size


# ---------------------------------------------------------------- strict_json.py
# Strict JSON: no duplicate names, bounded size; hashes and instants in their one canonical form.


class Reader:
    """Reads JSON within one limit of values for the whole dossier; duplicate names in an object are refused."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def read(self, content: bytes, where: str) -> Any:
        """Parse a JSON text.

        Raises:
            Wrong: it is not valid JSON, or too large.
        """
        self._left -= sum(content.count(mark) for mark in (b",", b"[", b"{", b":"))
        if self._left < 0:
            raise Wrong("卷宗内数据过多。", f"More than {MOST_VALUES} values are in the dossier, at {where}.")
        try:
            return json.loads(
                content.decode(),
                object_pairs_hook=_once,
                parse_constant=_no_number,
                parse_int=_whole,
                parse_float=_fraction,
            )
        except (ValueError, RecursionError) as error:
            raise Wrong(
                f"{where} 不是有效的 JSON。", f"{where} is no JSON as it must be: {type(error).__name__}."
            ) from None

    def lines(self, content: bytes, where: str) -> list[tuple[bytes, Any]]:
        """The lines of a text, each with its parsed JSON value."""
        if content and not content.endswith(b"\n"):
            raise Wrong(f"{where} 不完整。", f"{where}: its last line is cut short.")
        found = content.split(b"\n")[:-1]
        if len(found) > MOST_EVENTS:
            raise Wrong(f"{where} 行数过多。", f"{where}: more than {MOST_EVENTS} lines.")
        return [(line, self.read(line, f"{where}, line {number}")) for number, line in enumerate(found, 1)]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _whole(text: str) -> int:
    """An integer; longer ones are refused, as older Pythons take hours for millions of digits."""
    return int(text) if len(text) <= LONGEST_NUMBER else _no_number("a number too long")


def _fraction(text: str) -> float:
    """A float; one too large would become infinite and is refused."""
    found = float(text)
    return found if abs(found) < float("inf") else _no_number("a number too large")


def shape(value: Any, where: str, **members: Any) -> Any:
    """The object, if it has exactly these members with these types.

    Raises:
        Wrong: a member is missing, unknown or of another type.
    """
    if not isinstance(value, dict) or set(value) != set(members):
        expected = ", ".join(sorted(members))
        raise Wrong(f"{where} 的字段不对。", f"{where}: expected the members {expected}.")
    for name, kinds in members.items():
        if not isinstance(value[name], kinds) or (isinstance(value[name], bool) and kinds is int):
            raise Wrong(f"{where} 的字段 {name} 不对。", f"{where}: the member {name} is of another kind.")
    return value


def decode(text: Any, where: str, length: int | None = 32) -> bytes:
    """Bytes from base64 in its canonical form.

    Raises:
        Wrong: not canonical base64, or of another length.
    """
    try:
        found = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        found = b""
    if not found or (length and len(found) != length) or base64.b64encode(found).decode() != text:
        raise Wrong(f"{where}：不是哈希值。", f"{where}: expected {length or 'some'} bytes in base64.")
    return found


def hashes(value: Any, where: str) -> list[bytes]:
    """The hashes of a proof.

    Raises:
        Wrong: not a list of at most 64 hashes.
    """
    if not isinstance(value, list) or len(value) > 64:
        raise Wrong(f"{where}：证明格式不对。", f"{where}: expected a list of hashes.")
    return [decode(each, where) for each in value]


def canonical(value: Any) -> bytes:
    """The canonical JSON of a value (RFC 8785): names in UTF-16 order, no blanks, numbers as ECMAScript has them."""
    return _canonical(value).encode("utf-8", "surrogatepass")


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_canonical(name)}:{_canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return _decimal(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _decimal(number: float) -> str:
    """A float in its shortest form, as ECMA-262 (Number::toString) writes it."""
    mantissa, _, power = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    written = (whole + fraction).lstrip("0")
    point = len(written) - len(fraction) + int(power or 0)
    digits = written.rstrip("0")
    if not digits:
        return "0"
    sign = "-" if number < 0 else ""
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if 0 < point <= 21:
        left, right = digits[:point].ljust(point, "0"), digits[point:]
        return f"{sign}{left}.{right}" if right else sign + left
    tail = f".{digits[1:]}" if digits[1:] else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def instant(text: Any) -> datetime:
    """An instant with its UTC offset, converted to UTC.

    Raises:
        Wrong: the text is not an instant with an offset.
    """
    match = INSTANT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Wrong("时间格式不对。", f"Expected an instant with its offset; found {str(text)[:40]!r}.")
    try:
        offset = "+00:00" if match[3] == "Z" else match[3]
        return datetime.fromisoformat(f"{match[1]}.{(match[2] or '').ljust(6, '0')}{offset}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise Wrong("时间格式不对。", f"Expected an instant with its offset; found {str(text)[:40]!r}.") from None


# ---------------------------------------------------------------- notes.py
# Keys, signed notes (c2sp.org/signed-note) and checkpoints.


@dataclass(frozen=True)
class Key:
    """A public key of a log or witness as text: NAME+ID+KEY. Algorithm 1 signs notes, 4 cosigns them."""

    name: str
    algorithm: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The key's id, four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        coded = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{coded}"

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key(text: Any, where: str) -> Key:
    """Parse a public key.

    Raises:
        Wrong: the text is not a public key.
    """
    parts = text.strip().split("+", 2) if isinstance(text, str) else []
    if len(parts) == 3 and parts[0] and not re.search(r"\s", parts[0]):
        coded = decode(parts[2], where, 33)
        key = Key(parts[0], coded[0], coded[1:])
        if str(key) == text.strip() and key.algorithm in (1, 4):
            return key
    raise Wrong(f"{where}：不是公钥。", f"{where}: expected a public key NAME+ID+KEY, as `suqiu audit key` prints it.")


SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class Note(NamedTuple):
    """A signed text, and its signatures: (name, key id and signature)."""

    text: str
    signatures: list[tuple[str, bytes]]

    def of(self, key: Key) -> list[bytes]:
        """The signatures that claim to be by this key."""
        return [packed[4:] for name, packed in self.signatures if (name, packed[:4]) == (key.name, key.id)]

    def check(self, key: Key, where: str) -> None:
        """Verify the log's signature.

        Raises:
            Wrong: there is no signature by this key, or an invalid one.
        """
        found = self.of(key)
        if not found:
            raise Wrong(f"{where}：没有该日志的签名。", f"{where}: it is not signed by {key.name} ({key.id.hex()}).")
        if not all(key.signed(self.text.encode(), each) for each in found):
            raise Wrong(f"{where}：签名不符。", f"{where}: the signature is wrong.")

    def witnessed(self, key: Key, where: str) -> datetime | None:
        """When a witness cosigned the note first; None: it did not.

        Raises:
            Wrong: a cosignature by this key is invalid.
        """
        seen: datetime | None = None
        for packed in self.of(key):
            seconds = int.from_bytes(packed[:8], "big")
            message = f"cosignature/v1\ntime {seconds}\n{self.text}".encode()
            if not key.signed(message, packed[8:]) or seconds > 253_402_300_799:
                raise Wrong(f"{where}：证人会签不符。", f"{where}: the cosignature of {key.name} is wrong.")
            at = datetime.fromtimestamp(seconds, timezone.utc)
            seen = at if seen is None else min(seen, at)
        return seen


def read_note(content: bytes, where: str) -> Note:
    """Parse a signed note; its signatures are not verified.

    Raises:
        Wrong: the text is not a signed note.
    """
    try:
        text = content.decode() if len(content) <= LARGEST_NOTE else ""
    except UnicodeDecodeError:
        text = ""
    body, gap, below = text.rpartition("\n\n")
    lines = below.split("\n")[:-1]
    matches = [SIGNATURE.fullmatch(line) for line in lines]
    if not gap or not all(body.split("\n")) or not below.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in text):
        matches = []
    signatures = [(match[1], decode(match[2], where, None)) for match in matches if match]
    if not signatures or len(signatures) != len(matches) or min(len(each) for _, each in signatures) <= 4:
        raise Wrong(f"{where}：不是签名文本。", f"{where}: it is no signed note.")
    return Note(body + "\n", signatures)


class Checkpoint(NamedTuple):
    """The log's size, root and map of heads at an instant, by the log's own clock."""

    size: int
    root: bytes
    streams: int
    heads: bytes
    at: datetime
    note: Note
    content: bytes


CHECKPOINT = re.compile(
    r"([^\s+]+)\n(0|[1-9][0-9]{0,17})\n(\S{44})\nsuqiu-heads/1 (0|[1-9][0-9]{0,17}) (\S{44})\n"
    r"suqiu-time/1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n",
    re.ASCII,
)


def read_checkpoint(content: bytes, key: Key, where: str) -> Checkpoint:
    """Read a checkpoint and verify the log's signature.

    Raises:
        Wrong: not a checkpoint, or of another log, or not signed by its key.
    """
    note = read_note(content, where)
    match = CHECKPOINT.fullmatch(note.text)
    if match is None:
        raise Wrong(f"{where}：不是检查点。", f"{where}: it is no checkpoint of suqiu.")
    if match[1] != key.name:
        raise Wrong(f"{where}：是另一日志的检查点。", f"{where}: it is of another log: {match[1]}, not {key.name}.")
    note.check(key, where)
    return Checkpoint(
        int(match[2]), decode(match[3], where), int(match[4]), decode(match[5], where), instant(match[6]), note, content
    )


# ---------------------------------------------------------------- tree.py
# The Merkle tree (RFC 9162) and the map of heads: verifies proofs against a signed root.


def leaf_of(content: bytes) -> bytes:
    """The hash of a leaf's content."""
    return sha256(b"\0" + content).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\1" + left + right).digest()


def root_from_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162, 2.1.3.2); None: the path does not fit."""
    if not 0 <= index < size:
        return None
    number, last, at = index, size - 1, leaf
    for each in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            at = node_of(each, at)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            at = node_of(at, each)
        number, last = number >> 1, last >> 1
    return at if last == 0 else None


def continues(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if old == new:
        return old_root == new_root and not proof
    if not 0 < old < new or not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    left = right = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            left, right = node_of(each, left), node_of(each, right)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            right = node_of(right, each)
        number, last = number >> 1, last >> 1
    return last == 0 and (left, right) == (old_root, new_root)


BUCKETS = 1 << 16


class Head(NamedTuple):
    """A stream's latest version and that event's leaf hash; None: the stream did not exist."""

    version: int | None
    leaf: bytes | None


def read_head(value: Any, checkpoint: Checkpoint, where: str) -> tuple[str, Head]:
    """Read a stream's head and verify its proof against the map's root in a checkpoint.

    Raises:
        Wrong: the proof does not verify.
    """
    given = shape(
        value,
        where,
        checkpoint=int,
        stream=str,
        version=(int, type(None)),
        count=int,
        root=str,
        entries=list,
        path=list,
    )
    stream, version, count, root = given["stream"], given["version"], given["count"], decode(given["root"], where)
    place = sha256(stream.encode()).digest()
    number = int.from_bytes(place[:2], "big")
    if not 0 <= count < 2**40:
        raise _no_head(where)
    bucket = leaf_of(b"suqiu/heads/1\n" + count.to_bytes(8, "big") + root)
    if root_from_path(number, BUCKETS, bucket, hashes(given["path"], where)) != checkpoint.heads:
        raise _no_head(where)
    shown: list[tuple[int, str, int, bytes]] = []
    for each in given["entries"]:
        shape(each, where, index=int, stream=str, version=int, leaf=str, path=list)
        leaf = decode(each["leaf"], where)
        head = leaf_of(f"suqiu/head/1\n{each['stream']}\n{each['version']}\n".encode() + leaf)
        if root_from_path(each["index"], count, head, hashes(each["path"], where)) != root:
            raise _no_head(where)
        shown.append((each["index"], each["stream"], each["version"], leaf))
    if version is not None:
        if len(shown) != 1 or shown[0][1:3] != (stream, version):
            raise _no_head(where)
        return stream, Head(version, shown[0][3])
    _neighbours(place, count, root, shown, where)
    return stream, Head(None, None)


def _neighbours(place: bytes, count: int, root: bytes, shown: list[tuple[int, str, int, bytes]], where: str) -> None:
    """Check that the stream is absent: its neighbours in the bucket are adjacent, or the bucket is empty."""
    places = [(index, sha256(name.encode()).digest()) for index, name, _, _ in shown]
    left = [index for index, each in places if each < place]
    right = [index for index, each in places if each > place]
    if any(each[:2] != place[:2] for _, each in places) or len(left) > 1 or len(right) > 1:
        raise _no_head(where)
    if len(left) + len(right) != len(places) or (count == 0 and root != sha256(b"").digest()):
        raise _no_head(where)
    if (right[0] if right else count) != (left[0] + 1 if left else 0):
        raise _no_head(where)


def _no_head(where: str) -> Wrong:
    return Wrong(f"{where}：不能证明所称事项。", f"{where}: the proof does not show what it says.")


# ---------------------------------------------------------------- book.py
# What a rulebook says about time: office hours, promises, rosters, holidays.

WORKING = Said("工作日", "working day")
WEEKEND = Said("周末", "weekend")
ROSTER = Said("值班窗口，天天开门", "duty roster: open every day")


class Budget(NamedTuple):
    """A promised time: so many calendar or working days, or the same day; and the rule's id."""

    rule: str
    kind: str
    days: int | None
    counting: str
    pausable: bool
    keep: bool
    extend: int | None


class Book:
    """What a rulebook says about time: office hours, promises, rosters, holidays."""

    def __init__(self, value: Any, name: str) -> None:
        """Read a rulebook's canonical JSON.

        Raises:
            Wrong: it does not have the known shape.
        """
        self.name = name
        try:
            self.id = str(value["id"])
            self.zone = zone_of(str(value["time_zone"]))
            hours = value["office_hours"]
            self.opens = time.fromisoformat(hours["opens"])
            self.closes, self.cutoff = time.fromisoformat(hours["closes"]), time.fromisoformat(hours["same_day_cutoff"])
            self.tiers = {str(each["id"]): _budget(each["clock"]) for each in value["tiers"]}
            self.names = {str(each["id"]): Said(each["name"]["zh"], each["name"]["en"]) for each in value["tiers"]}
            self.names.update(
                {str(each["id"]): Said(each["name"]["zh"], each["name"]["en"]) for each in value["units"]}
            )
            self.beside = [
                (str(each["name"]), _budget(each), each["categories"], each["except_channels"])
                for each in value["clocks"]
            ]
            self.reviews = {
                "review": _budget(value["reviews"]["first"]),
                "second_review": _budget(value["reviews"]["second"]),
            }
            self.rosters = {str(each["id"]): str(each["calendar"]) for each in value["units"]}
            self.leaders = {str(each["id"]) for each in value["staff"] if each["role"] == "leader"}
            self.late_entry = timedelta(days=int(value["intake"]["counts_from_submission_within_days"]))
            entries = value.get("late_entries")
            self.entered_within = int(entries["counts_within_minutes"]) if entries else None
            self.pauses = int(value["pauses"]["at_most"]), min(int(value["pauses"]["max_days"]), LONGEST_CLOCK)
            self.parked_for = min(int(value["parking"]["look_again_within_days"]), LONGEST_CLOCK)
            years = [int(each["year"]) for each in value["calendars"]]
            self.years = min(years), max(years)
            self.special = {
                date.fromisoformat(day): (works, Said(f"{zh}：{why}", f"{en}: {why}"))
                for each in value["calendars"]
                for days, works, zh, en in (
                    ("holidays", False, "法定节假日", "public holiday"),
                    ("make_up_days", True, "调休上班", "make-up working day"),
                )
                for day, why in each[days].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Wrong(
                f"规则库 {name} 格式不对。", f"The rulebook {name} is not of the shape known: {error}."
            ) from None

    @property
    def late_act(self) -> timedelta:
        """How late what stops or moves a clock may be entered and still count from when it was done."""
        return LATE_ENTRY if self.entered_within is None else timedelta(minutes=self.entered_within)

    def promise(self, rule: str) -> Budget | None:
        """The clock with this rule id; None: the book has none."""
        every = [*self.tiers.values(), *(each[1] for each in self.beside), *self.reviews.values()]
        return next((each for each in every if each.rule == rule), None)

    def works(self, day: date, roster: str) -> tuple[bool, Said, bool]:
        """Whether the day is a working day for this roster, why, and whether that is provisional (no calendar yet).

        Raises:
            Wrong: the day is before the first calendar.
        """
        if roster == "every_day":
            return True, ROSTER, False
        if day in self.special:
            return (*self.special[day], False)
        if day.year < self.years[0]:
            raise Wrong("日历不含该日期。", f"The calendar of the rulebook begins in {self.years[0]}, after {day}.")
        working = day.weekday() < 5
        return working, WORKING if working else WEEKEND, day.year > self.years[1]

    def opening_after(self, moment: datetime, days: int) -> datetime:
        """When the office opens on the `days`th working day after the day of an instant."""
        day = moment.astimezone(self.zone).date()
        for _ in range(days):
            day = self._working(day + timedelta(days=1))
        return datetime.combine(day, self.opens, self.zone).astimezone(timezone.utc)

    def window_end(self, moment: datetime, days: int) -> datetime:
        """When the office closes `days` days after an instant, or on the next working day after that."""
        day = self._working(moment.astimezone(self.zone).date() + timedelta(days=days))
        return datetime.combine(day, self.closes, self.zone).astimezone(timezone.utc)

    def _working(self, day: date) -> date:
        first = day
        while not self.works(day, "working")[0]:
            day = day_after(day, first)
        return day

    def counts_for(self, moment: datetime) -> date:
        """The day an instant belongs to: at or after the cut-off, the next day."""
        here = moment.astimezone(self.zone)
        return here.date() + timedelta(days=here.time() >= self.cutoff)


def zone_of(name: str) -> tzinfo:
    """A time zone by its name. China's is known even without a zone database, which some systems lack.

    Raises:
        Wrong: the name is not known here.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        if name in ("Asia/Shanghai", "PRC", "Asia/Chongqing"):
            return timezone(timedelta(hours=8), name)
        said = f"The time zone {name} is not known here: python -m pip install tzdata."
        raise Wrong(f"本机没有时区 {name}，请安装 tzdata。", said) from None


def _budget(value: Any) -> Budget:
    days = value["days"]
    if value["kind"] not in ("same_day", "days") or (value["kind"] == "days" and not 0 < int(days) <= 3650):
        raise ValueError("a promise of another kind")
    return Budget(
        str(value["rule"]),
        str(value["kind"]),
        days,
        str(value["counting"]),
        bool(value["pausable"]),
        bool(value["keep_old_rule"]),
        value["extend_days"],
    )


def day_after(day: date, first: date) -> date:
    """The next day, in a count that began on `first`.

    Raises:
        Wrong: the count is longer than any clock.
    """
    if (day - first).days > LONGEST_CLOCK:
        raise Wrong("时限过长，无法计算。", "A clock does not end within the days that can be counted.")
    return day + timedelta(days=1)


# ---------------------------------------------------------------- dossier.py
# The dossier: its manifest, checkpoints and events, each checked against what was signed.


class Event(NamedTuple):
    """An event proven to be in the log: its position, and the content of its leaf."""

    position: int
    stream: str
    version: int
    topic: str
    recorded: datetime
    body: dict[str, Any]
    leaf: bytes

    @property
    def at(self) -> datetime:
        """When it takes effect, as it says itself."""
        return instant(self.body.get("at"))

    @property
    def judged(self) -> datetime:
        """When it counts for deadlines: the later of effect and recording, so that a late entry is late."""
        return max(self.at, self.recorded)

    @property
    def who(self) -> tuple[str, str]:
        """Role and pseudonym of the actor."""
        by = self.body.get("by")
        by = by if isinstance(by, dict) else {}
        return str(by.get("role")), str(by.get("id"))


@dataclass
class Dossier:
    """Everything in a dossier, each part checked. `openings`: (position, field) → the text, None: it is erased."""

    files: dict[str, bytes]
    manifest: dict[str, Any]
    key: Key
    checkpoints: list[Checkpoint]
    events: list[Event]
    heads: dict[tuple[int, str], Head]
    openings: dict[tuple[int, str], str | None]
    books: dict[str, Book]
    proofs: dict[str, Any]
    remarks: list[Said] = field(default_factory=list)

    @property
    def newest(self) -> Checkpoint:
        """The checkpoint the dossier was made at."""
        return self.checkpoints[-1]

    @property
    def town(self) -> str:
        """The id of the rulebooks that the log goes by: its name, without the prefix and the number of its key."""
        return self.key.name.removeprefix("suqiu/").partition("/")[0]

    @property
    def petition(self) -> list[Event]:
        """The petition's own events."""
        return self.of(str(self.manifest["petition"]))

    @cached_property
    def streams(self) -> dict[str, list[Event]]:
        """The events by stream."""
        found: dict[str, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.stream, []).append(event)
        return found

    def of(self, stream: str) -> list[Event]:
        """The events of a stream."""
        return self.streams.get(stream, [])


def read_manifest(files: dict[str, bytes], reader: Reader, pinned: Key | None) -> tuple[dict[str, Any], Key]:
    """Read the manifest, check its signature, and that the ZIP has exactly the files it lists.

    Raises:
        Wrong: one of these checks fails.
    """
    for name in ("manifest.json", "manifest.sig"):
        if name not in files:
            raise Wrong(f"缺少 {name}。", f"A file is missing: {name}.")
    value = reader.read(files["manifest.json"], "manifest.json")
    found = value.get("format") if isinstance(value, dict) else None
    if found not in (FORMAT, WITH_EARLIER_KEYS):
        if isinstance(found, str) and re.fullmatch(r"suqiu/dossier/[0-9]{1,9}", found):
            said = f"This verify.py knows {FORMAT} and 2, not {found}: take the verify.py of that version."
            raise Wrong("卷宗格式版本较新或不同，请用对应版本的 verify.py。", said)
        raise Wrong("清单不是卷宗的清单。", "manifest.json is not that of a dossier.")
    manifest: dict[str, Any] = shape(
        value,
        "manifest.json",
        checkpoint=dict,
        files=dict,
        format=str,
        log=dict,
        made_for=str,
        opened=bool,
        petition=str,
        receipt=str,
    )
    shape(manifest["checkpoint"], "manifest.json, checkpoint", at=str, size=int)
    more = {"earlier": list} if found == WITH_EARLIER_KEYS else {}
    shape(manifest["log"], "manifest.json, log", key=str, name=str, **more)
    key = read_key(manifest["log"]["key"], "manifest.json, log")
    if key.name != manifest["log"]["name"] or key.algorithm != 1:
        raise Wrong("清单中的日志名称与公钥不符。", "manifest.json: the log's name is not that of its key.")
    if pinned is not None and str(pinned) != str(key):
        said = f"The dossier is of another log or key: expected {pinned}; found {key}."
        raise Wrong("卷宗属于另一日志或另一公钥，与 --key 不符。", said)
    note = read_note(files["manifest.sig"], "manifest.sig")
    digest = sha256(files["manifest.json"]).hexdigest()
    if note.text != f"{found}\n{manifest['petition']}\n{digest}\n":
        raise Wrong("清单被改动：签名的不是这份清单。", "manifest.json was altered: the signature is over another one.")
    note.check(key, "manifest.sig")
    listed = manifest["files"]
    for name in sorted({*listed, *files, *NEEDED} - {"manifest.json", "manifest.sig"}):
        if name not in listed:
            raise Wrong(f"清单未列此文件：{name}。", f"A file was added that the manifest does not list: {name}.")
        if name not in files:
            raise Wrong(f"缺少文件：{name}。", f"A file is missing: {name}.")
        shape(listed[name], f"manifest.json, {name}", sha256=str, size=int)
        if (listed[name]["sha256"], listed[name]["size"]) != (sha256(files[name]).hexdigest(), len(files[name])):
            raise Wrong(
                f"文件被改动：{name}。", f"A file was altered: {name} does not have the SHA-256 of the manifest."
            )
    return manifest, key


def read_checkpoints(files: dict[str, bytes], key: Key, earlier: list[Key]) -> list[Checkpoint]:
    """The checkpoints by size, each with its cosignatures; `earlier` keys signed the first of them.

    Raises:
        Wrong: one is malformed, cosignatures are over another text, or an earlier key signed after a later one.
    """
    found: list[Checkpoint] = []
    keys = [*earlier, key]
    stage = 0
    for size in sorted(int(name[12:-5]) for name in files if name.endswith(".note")):
        name = f"checkpoints/{size}.note"
        origin = files[name].partition(b"\n")[0].decode("utf-8", errors="replace")
        of_name = next((number for number, each in enumerate(keys) if each.name == origin), len(keys) - 1)
        checkpoint = read_checkpoint(files[name], keys[of_name], name)
        if of_name < stage:
            said = f"{name}: it is signed by {origin}, a key that was retired before."
            raise Wrong(f"{name}：由此前已停用的公钥签名。", said)
        stage = of_name
        if checkpoint.size != size:
            raise Wrong("检查点的文件名与其内容不符。", f"{name}: it is of {checkpoint.size} events.")
        found.append(checkpoint)
    for name, content in files.items():
        if name.endswith(".cosigned"):
            note = read_note(content, name)
            at = next((number for number, each in enumerate(found) if each.size == int(name[12:-9])), None)
            if at is None or note.text != found[at].note.text:
                raise Wrong(f"{name}：会签的不是该检查点。", f"{name}: it is not over that checkpoint.")
            found[at] = found[at]._replace(note=note)
    return found


def read_events(lines: list[tuple[bytes, Any]], inclusion: list[Any], newest: Checkpoint) -> list[Event]:
    """The events, each with its inclusion proof verified.

    Raises:
        Wrong: a proof does not verify, a leaf is not canonical, positions do not rise, or an event's shape is newer
            than known here.
    """
    if len(lines) != len(inclusion):
        raise Wrong("事件与证明的数目不符。", f"{len(lines)} events, but {len(inclusion)} proofs of inclusion.")
    found: list[Event] = []
    for number, ((line, value), proof) in enumerate(zip(lines, inclusion), 1):
        where = f"events.jsonl, line {number}"
        shape(proof, where, position=int, path=list)
        shape(value, where, body=dict, command_id=str, recorded_at=str, stream=str, topic=str, version=int)
        position, leaf = proof["position"], leaf_of(line)
        if root_from_path(position - 1, newest.size, leaf, hashes(proof["path"], where)) != newest.root:
            what = f"{where} ({value['topic']}): it is not in the log at position {position}."
            raise Wrong(f"第 {number} 条事件不在日志中。", what)
        if line != canonical(value):
            what = f"{where} ({value['topic']}): it is not canonical JSON, as every leaf of a log is written."
            raise Wrong(f"第 {number} 条事件不是规范的 JSON。", what)
        if found and position <= found[-1].position:
            raise Wrong("事件次序不对。", f"{where}: positions must rise.")
        shape_of_body = value["body"].get("event_version", 1)
        if value["topic"].startswith("petition.") and shape_of_body not in range(1, SHAPES.get(value["topic"], 1) + 1):
            raise Wrong("事件格式较新，请用较新的 verify.py。", f"{where}: its shape is newer than this verify.py.")
        recorded = instant(value["recorded_at"])
        found.append(Event(position, value["stream"], value["version"], value["topic"], recorded, value["body"], leaf))
    return found


# ---------------------------------------------------------------- times.py
# Times: of events against those of checkpoints, cosignatures and stamps, and all of them against one another.


class Sight(NamedTuple):
    """That the log's first `size` events were there `at`, by whose word.

    `closed`: a checkpoint, whose signer says that there were no more. `witness`: the name of a witness whose key was
    given; empty: the log's own clock, or a stamp that nobody here has checked.
    """

    size: int
    at: datetime
    by: Said
    closed: bool
    witness: str = ""


def sight_of(checkpoint: Checkpoint, where: Said) -> Sight:
    """What a checkpoint says of time."""
    zh = f"第 {checkpoint.size} 条检查点（{where.zh}，{checkpoint.at:%Y-%m-%dT%H:%M:%SZ}）"
    en = f"the checkpoint of {checkpoint.size} events ({where.en}, {checkpoint.at:%Y-%m-%dT%H:%M:%SZ})"
    return Sight(checkpoint.size, checkpoint.at, Said(zh, en), closed=True)


def cosignature_of(size: int, note: Note, witness: Key, where: str) -> Sight | None:
    """What a witness's cosignature says of time; None: the note has none of this witness.

    Raises:
        Wrong: a cosignature by this key is invalid.
    """
    seen = note.witnessed(witness, where)
    if seen is None:
        return None
    zh = f"证人 {witness.name} 对第 {size} 条检查点的会签（{seen:%Y-%m-%dT%H:%M:%SZ}）"
    en = f"the cosignature of {witness.name} over the checkpoint of {size} events ({seen:%Y-%m-%dT%H:%M:%SZ})"
    return Sight(size, seen, Said(zh, en), closed=False, witness=witness.name)


def check_stamps(dossier: Dossier) -> None:
    """Check that each time stamp is over its checkpoint. Who issued it, `openssl ts -verify` tells.

    Raises:
        Wrong: a stamp is over something else, or its checkpoint is missing.
    """
    known = {each.size: each for each in dossier.checkpoints}
    for name, content in dossier.files.items():
        if name.endswith(".tsr"):
            checkpoint = known.get(int(name[12:-4]))
            if checkpoint is None or stamped_at(content, checkpoint.content) is None:
                raise Wrong(f"{name}：时间戳不是该检查点的。", f"{name}: the time stamp is not over that checkpoint.")


STAMPED = re.compile(rb"\x18[\x0d-\x17]([0-9]{14})(?:\.[0-9]{1,6})?Z")


def stamped_at(token: bytes, note: bytes) -> datetime | None:
    """The time in an RFC 3161 token; None: it is not over the note. Finds the imprint, then GeneralizedTime."""
    imprint = token.find(b"\x04\x20" + sha256(note).digest())
    match = STAMPED.search(token, imprint) if imprint >= 0 else None
    try:
        return datetime.strptime(match[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc) if match else None
    except ValueError:
        return None


def own_sights(dossier: Dossier) -> list[Sight]:
    """What the checkpoints in the dossier say of time, and the stamps beside them."""
    found = []
    for each in dossier.checkpoints:
        found.append(sight_of(each, Said("卷宗所附", "in the dossier")))
        token = dossier.files.get(f"checkpoints/{each.size}.tsr")
        stamped = stamped_at(token, each.content) if token else None
        if stamped is not None:
            zh = f"第 {each.size} 条检查点的时间戳（{stamped:%Y-%m-%dT%H:%M:%SZ}）"
            en = f"the time stamp over the checkpoint of {each.size} events ({stamped:%Y-%m-%dT%H:%M:%SZ})"
            found.append(Sight(each.size, stamped, Said(zh, en), closed=False))
    return found


def check_times(dossier: Dossier, outside: Iterable[Sight] = (), earlier: Iterable[Sight] = ()) -> None:
    """Check that times agree, by at most what clocks may differ by: events, checkpoints, and what outsiders saw.

    Of the first `size` events none was recorded after somebody saw them; of the others none before a checkpoint was
    signed that does not hold it; along positions times do not fall. `outside`: what the reader has from elsewhere.
    `earlier`: signatures over a tree that the dossier has with a later time; they bind events, not checkpoints.

    Raises:
        Wrong: something was dated back, or a clock was wrong; it names the two that disagree.
    """
    sights = sorted([*own_sights(dossier), *outside], key=lambda each: each.size)
    _against_each_other(sights)
    _events_agree(dossier.events, sorted([*sights, *earlier], key=lambda each: each.size))
    for event in dossier.petition:
        if event.at > event.recorded + CLOCKS_APART:
            what = f"Event {event.version} counts from {event.at.isoformat()}, after it was recorded: nothing may."
            raise Wrong(f"第 {event.version} 条事件自登记之后的时刻起算。", what)
    _never_falls(dossier)


def _against_each_other(sights: Sequence[Sight]) -> None:
    """Check that nobody saw a tree before one that it continues, or itself, was signed. `sights` are by size."""
    newest: Sight | None = None
    for _, group in groupby(sights, key=lambda each: each.size):
        same = list(group)
        for each in same:
            newest = _later(newest, each if each.closed else None)
        for each in same:
            if newest is not None and each.at < newest.at - CLOCKS_APART:
                raise Wrong(
                    f"{each.by.zh}早于{newest.by.zh}，而内容不少于后者：倒签，或时钟有误。",
                    f"Times fall: {each.by.en} is earlier than {newest.by.en}, of which it has all events: "
                    "dated back, or a clock was wrong.",
                )


def _events_agree(events: Sequence[Event], sights: Sequence[Sight]) -> None:
    """Check each event against the latest checkpoint without it and the earliest sight of it."""
    sizes = [each.size for each in sights]
    closed: list[Sight | None] = [each if each.closed else None for each in sights]
    latest = list(accumulate(closed, _later))
    earliest = list(accumulate(reversed(sights), _earlier_of))[::-1]
    for event in events:
        after = bisect_left(sizes, event.position)
        before, by = latest[after - 1] if after else None, earliest[after]
        if before is not None and event.recorded < before.at - CLOCKS_APART:
            by = before
        elif event.recorded <= by.at + CLOCKS_APART:
            continue
        raise Wrong(
            f"第 {event.position} 条事件的登记时间与{by.by.zh}不符（倒签，或时钟有误）。",
            f"{event.stream} version {event.version} says it was recorded {event.recorded.isoformat()}, but "
            f"{by.by.en} shows otherwise: dated back, or a clock was wrong.",
        )


def _never_falls(dossier: Dossier) -> None:
    """Check that times of writing do not fall along positions; one that an act names as wrong binds no other."""
    named = {
        version
        for event in dossier.petition
        if event.topic == "petition.steps_set_aside"
        for name in ("versions", "noted")
        for version in event.body.get(name) or ()
    }
    own, latest, beside = str(dossier.manifest["petition"]), None, None
    for event in dossier.events:
        ours = event.stream == own and event.version not in named
        if ours and latest is not None and event.recorded < latest.recorded - CLOCKS_APART:
            raise Wrong(
                f"第 {event.position} 条事件的登记时间早于其前的第 {latest.position} 条：倒签，或时钟有误。",
                f"Times fall along the log: {event.stream} version {event.version} says it was recorded "
                f"{event.recorded.isoformat()}, after {latest.stream} version {latest.version}, recorded "
                f"{latest.recorded.isoformat()}: dated back, or a clock was wrong.",
            )
        if beside is not None and event.recorded < beside.recorded - CLOCKS_APART:
            zh = f"第 {beside.position} 条事件的登记时间晚于其后的第 {event.position} 条：其中一个时钟有误。"
            en = f"Event {beside.position} of the log says it was recorded after event {event.position}, which follows "
            dossier.remarks.append(Said(zh, en + "it: one of their clocks was wrong."))
            beside = None
        if ours and (latest is None or event.recorded > latest.recorded):
            latest = event
        elif event.stream != own and (beside is None or event.recorded > beside.recorded):
            beside = event


def _later(one: Sight | None, other: Sight | None) -> Sight | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=_at)


def _earlier_of(one: Sight, other: Sight) -> Sight:
    return min(one, other, key=_at)


def _at(sight: Sight) -> datetime:
    return sight.at


def first_before(sights: Iterable[Sight], position: int, end: datetime) -> Sight | None:
    """The earliest sight by a witness of the event at `position` before `end`; None: no witness saw it by then."""
    found = [each for each in sights if each.witness and each.size >= position and each.at < end]
    return min(found, key=_at, default=None)


def aged(span: timedelta) -> Said:
    """How long ago, in the largest unit."""
    seconds = int(abs(span).total_seconds())
    for size, zh, en in ((86_400, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size:
            return Said(f"{seconds // size} {zh}", f"{seconds // size} {en}")
    return Said(f"{seconds} 秒", f"{seconds} s")


# ---------------------------------------------------------------- completeness.py
# What a dossier does not show: texts that stay sealed, texts without a key, and what may have been left out.


class Shown(NamedTuple):
    """Counts of sealed texts: `opened`, `erased` (the erasure is on record), `sealed` (nothing is said of them here).

    `without_key`: of those opened, the texts whose key is on record as destroyed: somebody kept them, or the key.
    `orders`, `erasures`: streams in the dossier. `not_shown`: residents for whom no proof tells whether an erasure was
    left out; of orders nothing ever tells.
    """

    opened: int
    erased: int
    sealed: int
    without_key: int
    residents: int
    orders: int
    erasures: int
    not_shown: int


def shown_of(dossier: Dossier) -> Shown:
    """What is shown, and what is not; the openings were checked before."""
    destroyed = {key for each in carried_out(dossier) if (key := str(each.body.get("key") or ""))}
    opened = erased = sealed = without_key = 0
    for event, name, key in sealed_fields(dossier):
        place = (event.position, name)
        if place not in dossier.openings:
            sealed += 1
        elif dossier.openings[place] is None:
            erased += 1
        else:
            opened += 1
            without_key += key in destroyed
    residents = {str(event.body["resident"]) for event in dossier.petition if event.body.get("resident")}
    heads = {stream for size, stream in dossier.heads if size == dossier.newest.size}
    return Shown(
        opened,
        erased,
        sealed,
        without_key,
        len(residents),
        sum(stream.startswith("o-") for stream in dossier.streams),
        sum(stream.startswith("erasure-") for stream in dossier.streams),
        sum(f"erasure-{resident}" not in heads for resident in residents),
    )


def sealed_fields(dossier: Dossier) -> Iterator[tuple[Event, str, str]]:
    """Each sealed field of the events: the event, the field's name, its key's name (empty: it never had a key)."""
    for event in dossier.events:
        for name, value in event.body.items():
            if isinstance(value, dict) and set(value) == {"commitment", "key"}:
                yield event, name, str(value["key"])


def carried_out(dossier: Dossier) -> list[Event]:
    """The approvals of erasures that were carried out, and that they were."""
    done = {event.stream: event.version for event in dossier.events if event.topic == "resident.erased"}
    return [
        event
        for event in dossier.events
        if event.version <= done.get(event.stream, 0)
        and (
            event.topic == "resident.erased"
            or (event.topic == "resident.erasure_decided" and event.body.get("approved") is True)
        )
    ]


def check_erased(dossier: Dossier) -> None:
    """Check that a text which never had a key was written after an erasure of its resident, approved and carried out.

    Raises:
        Wrong: no such erasure is on record.
    """
    since: dict[str, int] = {}
    for event in carried_out(dossier):
        since.setdefault(event.stream, event.position)
    for event, name, key in sealed_fields(dossier):
        if not key and dossier.openings.get((event.position, name), "") is None:
            resident = event.body.get("resident")
            begun = since.get(f"erasure-{resident}") if resident else min(since.values(), default=None)
            if begun is None or begun > event.position:
                raise Wrong(
                    f"第 {event.position} 条事件的 {name} 称已删除，却没有此前的删除记录。",
                    f"The {name} of event {event.position} is called erased, but no erasure before it is on record.",
                )


def not_shown(dossier: Dossier) -> list[Said]:
    """What to bear in mind of what is not in the dossier, in sentences."""
    found, made_for = shown_of(dossier), str(dossier.manifest["made_for"])
    said = []
    if found.sealed:
        zh = f"仍密封、未开启的内容 {found.sealed} 项：其文本不在卷宗内，只有承诺值。"
        en = f"{found.sealed} sealed texts are not opened here: of them only commitments are in the dossier."
        if made_for == "court" and dossier.manifest["opened"]:
            zh += "本卷为法院而作，本应全部开启：办公室没有其密钥，或未予开启，且无删除记录。"
            en += " It was made for the court, which reads all of them: the office had no key for them, or did not open"
            en += " them, and no erasure is on record."
        said.append(Said(zh, en))
    if found.without_key:
        zh = f"所示文本中 {found.without_key} 项的密钥按记录已销毁：有人留存了文本或密钥。"
        en = f"Of {found.without_key} of the texts shown the key is on record as destroyed: somebody kept text or key."
        said.append(Said(zh, en))
    zh = f"随附服务单 {found.orders} 件：此外是否还有，仅凭办公室所称。删除记录 {found.erasures} 件："
    en = f"{found.orders} service orders come with it; that there are no others is the office's word alone. "
    en += f"{found.erasures} erasures come with it: "
    if found.not_shown:
        zh += f"{found.residents} 位居民中有 {found.not_shown} 位，卷宗未证明没有略去其删除记录。"
        en += f"for {found.not_shown} of {found.residents} residents nothing shows that none was left out."
    else:
        zh += f"已证明 {found.residents} 位居民的删除记录没有略去。"
        en += f"it is shown that none of its {found.residents} residents' was left out."
    return [*said, Said(zh, en)]


# ---------------------------------------------------------------- checks.py
# Checks that the parts of a dossier belong together and to one log, and that no event was left out.


def read_dossier(content: bytes, pinned: Key | None = None) -> Dossier:
    """Read a dossier and check that its parts belong together and to one log; its clocks are not counted yet.

    Raises:
        Wrong: the first error found.
    """
    files, reader = unpacked(content), Reader()
    manifest, key = read_manifest(files, reader, pinned)
    earlier = [read_key(each, "manifest.json, log.earlier") for each in manifest["log"].get("earlier", [])]
    checkpoints = read_checkpoints(files, key, earlier)
    newest = manifest["checkpoint"]
    if not checkpoints or (checkpoints[-1].size, checkpoints[-1].at) != (newest["size"], instant(newest["at"])):
        raise Wrong("缺少清单所列的最新检查点。", "The newest checkpoint of the manifest is not there.")
    proofs = shape(
        reader.read(files["proofs.json"], "proofs.json"), "proofs.json", consistency=list, heads=list, inclusion=list
    )
    events = read_events(reader.lines(files["events.jsonl"], "events.jsonl"), proofs["inclusion"], checkpoints[-1])
    dossier = Dossier(files, manifest, key, checkpoints, events, {}, {}, {}, proofs)
    check_consistency(dossier)
    check_streams(dossier)
    check_heads(dossier)
    read_books(dossier, reader)
    read_openings(dossier, reader)
    check_erased(dossier)
    check_stamps(dossier)
    return dossier


def check_consistency(dossier: Dossier) -> None:
    """Check that the newest checkpoint continues every other one.

    Raises:
        Wrong: it does not (history was rewritten), or a proof is missing or repeated.
    """
    known = {each.size: each for each in dossier.checkpoints}
    shown = set()
    for each in dossier.proofs["consistency"]:
        shape(each, "proofs.json, consistency", path=list, size=int)
        old, path = known.get(each["size"]), hashes(each["path"], "proofs.json, consistency")
        if each["size"] in shown:
            raise Wrong("一致性证明重复。", f"Two proofs of consistency for {each['size']} events.")
        shown.add(each["size"])
        if old and not continues(old.size, old.root, dossier.newest.size, dossier.newest.root, path):
            said = f"The newest checkpoint does not continue that of {old.size} events: history was rewritten."
            raise Wrong(f"最新检查点不是第 {old.size} 条检查点的延续：记录被改写过。", said)
    missing = set(known) - shown - {dossier.newest.size}
    if missing:
        raise Wrong("缺少一致性证明。", f"No proof of consistency for the checkpoint of {min(missing)} events.")


def check_streams(dossier: Dossier) -> None:
    """Check that the events are the petition's and its accompanying streams', without gaps.

    Raises:
        Wrong: an event belongs to something else, or one is missing.
    """
    petition, streams = str(dossier.manifest["petition"]), dossier.streams
    if petition not in streams:
        raise Wrong("卷宗中没有该诉求的事件。", f"No event of {petition} is in the dossier.")
    first = streams[petition][0]
    if first.topic != "petition.received" or first.body.get("receipt") != dossier.manifest["receipt"]:
        raise Wrong(
            "受理事件与清单不符。", "The receipt of the manifest is not the one the petition was received with."
        )
    residents = {event.body["resident"] for event in streams[petition] if event.body.get("resident")}
    into = {event.body.get("into") for event in streams[petition] if event.topic == "petition.merged"}
    for stream, events in streams.items():
        if [event.version for event in events] != list(range(1, len(events) + 1)):
            raise Wrong(f"{stream} 的事件有缺漏。", f"{stream}: its versions have a gap; an event was left out.")
        belongs = (
            stream in (petition, messages_of(petition))
            or (stream in into and events[0].topic == "petition.received")
            or stream.startswith("rulebook-")
            or (stream.startswith("o-") and events[0].body.get("petition") == petition)
            or (stream.startswith("erasure-") and {_person(event) for event in events} <= residents)
        )
        if not belongs:
            raise Wrong(
                "卷宗中混入了其他事项的事件。", f"Events of {stream} are in the dossier and do not belong there."
            )


def _person(event: Event) -> str | None:
    """Whose erasure it is: of the person whose stream it stands in; None: of another one, whom no stream is of."""
    subject = event.stream.removeprefix("erasure-")
    return subject if event.body.get("subject") == subject else None


def messages_of(petition: str) -> str:
    """The stream of the petition's messages."""
    return "m-" + petition.removeprefix("p-")


def check_heads(dossier: Dossier) -> None:
    """Check the petition's version at each checkpoint, and that at the newest no event of any stream is missing.

    The head of the messages' stream is required even if there are none: otherwise the whole stream could be left out.

    Raises:
        Wrong: a proof does not verify, is missing or of a stream that is none of this case's, or an event was left out.
    """
    known = {each.size: each for each in dossier.checkpoints}
    petition = str(dossier.manifest["petition"])
    residents = {f"erasure-{event.body['resident']}" for event in dossier.petition if event.body.get("resident")}
    own = {petition, messages_of(petition), *dossier.streams, *residents}
    for number, value in enumerate(dossier.proofs["heads"], 1):
        where = f"proofs.json, head {number}"
        size = value.get("checkpoint") if isinstance(value, dict) else None
        if not isinstance(size, int) or size not in known:
            raise Wrong(f"{where}：没有此检查点。", f"{where}: it is of a checkpoint that is not in the dossier.")
        stream, head = read_head(value, known[size], where)
        if stream not in own and not stream.startswith("rulebook-"):
            raise Wrong(f"{where}：{stream} 与本件无关。", f"{where}: {stream} has nothing to do with this petition.")
        if (size, stream) in dossier.heads:
            raise Wrong(f"{where}：重复。", f"{where}: the same head stands twice.")
        dossier.heads[size, stream] = head
        shown = [event for event in dossier.of(stream) if event.position <= size]
        expected = Head(shown[-1].version, shown[-1].leaf) if shown else Head(None, None)
        if head != expected:
            said = (
                f"At the checkpoint of {size} events {stream} stood at version {head.version}, not {expected.version}."
            )
            raise Wrong(f"{stream} 的事件被略去或替换。", said + " An event was left out.")
    needed = {(each.size, petition) for each in dossier.checkpoints}
    needed |= {(dossier.newest.size, stream) for stream in (*dossier.streams, messages_of(petition))}
    missing = sorted(needed - set(dossier.heads))
    if missing:
        size, stream = missing[0]
        raise Wrong("缺少最新版本的证明。", f"No proof where {stream} stood at the checkpoint of {size} events.")


def read_books(dossier: Dossier, reader: Reader) -> None:
    """Read the rulebooks that events name, and check each against its hash.

    Raises:
        Wrong: one is missing or has another hash.
    """
    for name, content in dossier.files.items():
        if name.startswith("rulebooks/"):
            if sha256(content).hexdigest() != name[10:-5]:
                raise Wrong(f"规则库与其哈希不符：{name}。", f"{name}: its SHA-256 is another than its name says.")
            dossier.books["sha256:" + name[10:-5]] = Book(reader.read(content, name), "sha256:" + name[10:-5])
    for event in dossier.events:
        if event.topic == "rulebook.adopted":
            content = str(event.body.get("content")).encode()
            if "sha256:" + sha256(content).hexdigest() != event.body.get("rulebook"):
                what = f"The rulebook adopted at position {event.position} is not the one its hash names."
                raise Wrong("采用的规则库与其哈希不符。", what)
            named = reader.read(content, f"the rulebook adopted at position {event.position}")
            ids = {str(event.body.get("book")), str(named.get("id")), event.stream.removeprefix("rulebook-")}
            if len(ids) > 1:
                what = (
                    f"The rulebook adopted at position {event.position} is not of its stream: {', '.join(sorted(ids))}."
                )
                raise Wrong("采用的规则库与其所在的流不符。", what)
            date.fromisoformat(str(event.body.get("effective_from")))
    for event in dossier.petition:
        if event.body.get("rulebook") not in dossier.books:
            what = f"The rulebook that event {event.version} was decided under is not in the dossier."
            raise Wrong(f"缺少第 {event.version} 条事件所依据的规则库。", what)
    for book in dossier.books.values():
        if (dossier.newest.size, f"rulebook-{book.id}") not in dossier.heads:
            what = f"No proof where rulebook-{book.id} stood: adoptions of the rulebook may have been left out."
            raise Wrong("缺少规则库采用记录的证明。", what)


def read_openings(dossier: Dossier, reader: Reader) -> None:
    """Check each opened text against its commitment, and each erased one against an erasure on record.

    Raises:
        Wrong: a text does not match, or no erasure is on record.
    """
    events = {event.position: event for event in dossier.events}
    carried_out = {event.stream: event.version for event in dossier.events if event.topic == "resident.erased"}
    erased = {
        (_person(event), event.body.get("key"))
        for event in dossier.events
        if event.topic in ("resident.erased", "resident.erasure_decided")
        and event.version <= carried_out.get(event.stream, 0)
    }
    for number, (_, value) in enumerate(reader.lines(dossier.files["openings.jsonl"], "openings.jsonl"), 1):
        where = f"openings.jsonl, line {number}"
        gone = isinstance(value, dict) and "erased" in value
        members = {"erased": bool} if gone else {"salt": str, "text": str}
        shape(value, where, field=str, position=int, **members)
        event = events.get(value["position"])
        sealed = event.body.get(value["field"]) if event else None
        place = (value["position"], value["field"])
        if not isinstance(sealed, dict) or set(sealed) != {"commitment", "key"} or place in dossier.openings:
            raise Wrong(f"{where}：没有此密封字段。", f"{where}: there is no such sealed field, or it stands twice.")
        if gone:
            on_record = event is not None and (event.body.get("resident"), sealed["key"]) in erased
            if value["erased"] is not True or (sealed["key"] and not on_record):
                raise Wrong(f"{where}：没有删除记录。", f"{where}: nothing on record says that it was erased.")
            dossier.openings[place] = None
            continue
        salted = decode(value["salt"], where, 16) + value["text"].encode("utf-8", "surrogatepass")
        if sha256(salted).hexdigest() != sealed["commitment"]:
            what = f"{where}: the text shown is not the one the log committed to."
            raise Wrong(f"第 {value['position']} 条事件的 {value['field']} 被改动。", what)
        dossier.openings[place] = value["text"]
    if dossier.manifest["opened"] is False and any(text is not None for text in dossier.openings.values()):
        raise Wrong(
            "清单称未开启密封内容，卷宗中却有。", "The manifest says that nothing was opened, but something is."
        )


# ---------------------------------------------------------------- in_force.py
# Which rulebook was in force when, by the adoptions on record, and what was decided under another one.


def adoptions(dossier: Dossier) -> list[Event]:
    """Adoptions of the log's own rulebooks: of that name, in the stream of that name."""
    return [event for event in dossier.of(f"rulebook-{dossier.town}") if event.topic == "rulebook.adopted"]


def not_in_force(dossier: Dossier) -> list[Event]:
    """The petition's events decided under a book that was not in force then.

    Before anything was adopted it is the book adopted first: intake does not wait for the process that adopts it. A
    process learns of an adoption a moment late: until then the book before it is right too.
    """
    adopted, found = adoptions(dossier), []
    for event in dossier.petition:
        book = dossier.books[str(event.body["rulebook"])]
        # A receipt is decided when it is recorded, whenever the paper was handed in.
        day = (event.recorded if event.version == 1 else event.at).astimezone(book.zone).date()
        before = event.recorded - HEARD_WITHIN
        moments = [before, *(each.recorded for each in adopted if before < each.recorded <= event.recorded)]
        if book.name not in {in_force(adopted, moment, day) for moment in moments}:
            found.append(event)
    return found


def in_force(adopted: list[Event], moment: datetime, day: date) -> str | None:
    """The book of the latest effective day up to this one, of those adopted by then; before the earliest, that one.

    None: none was ever adopted.
    """
    known = [each for each in adopted if each.recorded <= moment] or adopted[:1]
    days = [(date.fromisoformat(str(each.body["effective_from"])), number) for number, each in enumerate(known)]
    begun = [each for each in days if each[0] <= day]
    if not days:
        return None
    number = max(begun)[1] if begun else min((each, -number) for each, number in days)[1]
    return str(known[abs(number)].body["rulebook"])


# ---------------------------------------------------------------- clock.py
# A clock counted day by day: each day, whether it counts, and why.


class Day(NamedTuple):
    """One day of a clock: whether it used up a day of the promised time, and why (not)."""

    date: date
    counted: bool
    why: Said


class Counted(NamedTuple):
    """When a clock is due, and each day up to then. `provisional`: beyond the last published calendar."""

    due: datetime
    provisional: bool
    days: list[Day]


PAUSED = {
    "resident": Said("暂停：等待居民", "paused: waiting for the resident"),
    "parked": Said("暂停：挂账", "paused: parked"),
}
START = Said("起始日不计", "the start day is not counted")
LATE = Said("截止时刻或之后", "at or after the cut-off")
MOVES_ON = Said("期末顺延", "the last day moves on")


class Extension(NamedTuple):
    """More time: the request, and the decision (None: not yet)."""

    days: int
    asked: Event
    decided: Event | None


class Wait(NamedTuple):
    """A pause of the clock: its begin, the request (for parking), its end; None while it lasts."""

    why: str
    begun: Event
    asked: Event | None
    ended: Event | None


@dataclass
class Effort:
    """How many days may still be counted: bounds the running time, whatever was signed."""

    left: int = MOST_DAYS

    def take(self, days: int) -> None:
        """Use up so many days.

        Raises:
            Wrong: more than `MOST_DAYS` in all.
        """
        self.left -= days
        if self.left < 0:
            raise Wrong("时限过多，无法计算。", f"More than {MOST_DAYS} days would have to be counted.")


@dataclass
class Clock:
    """A promise: how it is computed, and what became of it.

    `ended`: met, breached, superseded (another clock replaced it) or withdrawn (nothing was owed any more). `stands`:
    the pause that nobody ended, from when until its bound, and why; `merged`: the event, while it is merged or if it
    ended so; `over`: that it had ended, and when, before an event moved its end; `entered`: (what, since) →
    when it was entered, of what was dated back.
    """

    name: str
    tier: str | None
    budget: Budget
    start: datetime
    given_by: Event
    book: Book
    extra: int = 0
    pauses: list[tuple[datetime, datetime, str]] = field(default_factory=list)
    postings: list[tuple[datetime, str]] = field(default_factory=list)
    counted: Counted = field(default_factory=lambda: Counted(datetime.fromtimestamp(0, timezone.utc), False, []))
    moves: list[tuple[Event, datetime]] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    ended: str | None = None
    ended_by: Event | None = None
    met_later: Event | None = None
    paused_at: datetime | None = None
    stopped: bool = False
    breached: bool = False
    dropped: bool = False
    stands: tuple[datetime, datetime, str] | None = None
    merged: Event | None = None
    over: tuple[datetime, Event] | None = None
    entered: dict[tuple[str, datetime], datetime] = field(default_factory=dict)
    effort: Effort = field(default_factory=Effort)

    @property
    def due(self) -> datetime:
        """When it is due."""
        return self.counted.due

    @property
    def owed(self) -> bool:
        """Whether it is still to be met: neither stopped nor dropped."""
        return not self.stopped and not self.dropped

    @property
    def aside(self) -> Event | None:
        """The event since which it is not owed, though nothing met it; None: it was met or missed, or is owed."""
        return self.merged or (self.ended_by if self.ended in ("superseded", "withdrawn") else None)

    @property
    def met(self) -> Event | None:
        """The event that met it, in time or late."""
        if self.ended == "breached":
            return self.met_later
        return self.ended_by if self.ended == "met" else None

    @property
    def last(self) -> Event | None:
        """The event that it is judged by: that set it aside, or met it; None: neither has."""
        return self.aside or self.met

    def end_at(self, upto: datetime) -> datetime:
        """When it ended, as judged at `upto`: a pause that nobody ended lasts until then, at most until its bound."""
        if self.over is not None:
            return self.over[0]
        end, clock = self.due, self
        if self.stands is not None:
            since, bound, why = self.stands
            clock = replace(self, pauses=[*self.pauses, (since, max(since, min(upto, bound)), why)])
            end = clock.counted_due()
        strict = clock.as_entered() if self.entered else None
        return end if strict is None else min(end, strict.counted_due())

    def counted_due(self) -> datetime:
        """When it is due, counted anew."""
        counted = count(self, self.book)
        self.effort.take(len(counted.days))
        return counted.due

    def as_entered(self) -> Clock | None:
        """The clock with pauses and rosters from when they were entered; None: none of its own was dated back."""
        pauses: list[tuple[datetime, datetime, str]] = []
        postings: list[tuple[datetime, str]] = []
        for since, until, why in self.pauses:
            begun = self.entered.get(("pause", since), since)
            pauses.append((begun, max(begun, until), why))
        for since, roster in reversed(self.postings):
            begun = self.entered.get(("posting", since), since)
            postings.insert(0, (min([begun, *(later for later, _ in postings[:1])]), roster))
        same = (pauses, postings) == (self.pauses, self.postings)
        return None if same else replace(self, pauses=pauses, postings=postings)

    def again(self, book: Book, by: Event) -> None:
        """Compute the due time again under `book`; a change is kept in `moves`."""
        before, self.book = self.counted, book
        self.counted = count(self, book)
        self.effort.take(len(self.counted.days))
        if before.days and before.due != self.counted.due:
            self.moves.append((by, before.due))

    def end(self, how: str, by: Event) -> None:
        """Note how it ended, unless it had ended before."""
        if self.ended is None:
            self.ended, self.ended_by = how, by


def count(clock: Clock, book: Book) -> Counted:
    """Count a clock day by day, from its first day to its last.

    Same day: the day itself, before the cut-off of a working day, else the next working day. Days: the first one is not
    counted, days of pauses are skipped, and a last day that is no working day moves to the next (Civil Code of China,
    arts. 201 and 203). Days of an extension are counted like the promise's own.

    Raises:
        Wrong: a day is before the first calendar, or the clock never ends.
    """
    started = clock.start.astimezone(book.zone)
    pauses = [
        (since.astimezone(book.zone).date(), book.counts_for(until), PAUSED.get(why, PAUSED["parked"]))
        for since, until, why in clock.pauses
    ]
    rosters = [(book.counts_for(since), roster) for since, roster in clock.postings]

    def kind(day: date) -> tuple[bool, Said, bool]:
        roster = next((roster for since, roster in reversed(rosters) if since <= day), "working")
        return book.works(day, roster)

    def standing(day: date) -> Said | None:
        return next((why for since, until, why in pauses if since <= day < until), None)

    day, days = started.date(), []
    working, why, _ = kind(day)
    if clock.budget.kind == "same_day":
        left, in_time = clock.extra, started.time() < book.cutoff
        if working and in_time and not standing(day):
            days.append(Day(day, True, why))
        else:
            days.append(Day(day, False, standing(day) or (why if not working else LATE)))
            while not days[-1].counted:
                day = day_after(day, started.date())
                working, why, _ = kind(day)
                days.append(Day(day, working and not standing(day), standing(day) or why))
    else:
        left = (clock.budget.days or 0) + clock.extra
        days.append(Day(day, False, START))
    while left:
        day = day_after(day, started.date())
        working, why, _ = kind(day)
        counts = not standing(day) and (working or clock.budget.counting != "working")
        days.append(Day(day, counts, standing(day) or why))
        left -= counts
    while not kind(day)[0] or (standing(day) and not days[-1].counted):
        day = day_after(day, started.date())
        working, why, _ = kind(day)
        days.append(
            Day(
                day,
                False,
                standing(day)
                or (
                    Said(f"顺延至{why.zh}", f"moves to a {why.en}")
                    if working
                    else Said(f"{why.zh}，{MOVES_ON.zh}", f"{why.en}, {MOVES_ON.en}")
                ),
            )
        )
    due = datetime.combine(day, book.closes, book.zone).astimezone(timezone.utc)
    return Counted(due, kind(day)[2], days)


def grouped(days: list[Day]) -> list[Said]:
    """The days of a count, consecutive ones with one reason together: first those that count, then the others."""
    spans: list[tuple[Day, Day]] = []
    for each in days:
        if spans and (spans[-1][1].counted, spans[-1][1].why) == (each.counted, each.why):
            spans[-1] = (spans[-1][0], each)
        else:
            spans.append((each, each))
    said = []
    for counted, zh, en in ((True, "计入", "Counted"), (False, "不计", "Not counted")):
        named = [
            (f"{first.date}" if first is last else f"{first.date}–{last.date}", first.why)
            for first, last in spans
            if first.counted == counted
        ]
        if named:
            zhs = "，".join(f"{when}（{why.zh}）" for when, why in named)
            said.append(
                Said(f"{zh}：{zhs}。", f"{en}: " + ", ".join(f"{when} ({why.en})" for when, why in named) + ".")
            )
    return said


# ---------------------------------------------------------------- words.py
# Words for clocks, roles and acts, and the format of instants and durations.

CLOCKS = {
    "tier": Said("层级", "tier"),
    "first_contact": Said("首次联系", "first-contact"),
    "statutory_accept": Said("法定受理", "statutory acceptance"),
    "statutory_handle": Said("法定办理", "statutory handling"),
    "hand_over": Said("引领", "hand-over"),
    "review": Said("复查", "review"),
    "second_review": Said("复核", "second-review"),
}
ROLES = {
    "resident": "居民",
    "clerk": "窗口人员",
    "officer": "承办人员",
    "leader": "领导",
    "supervisor": "监督员",
    "engine": "系统",
}
DONE = {
    "petition.received": Said("受理", "received"),
    "petition.classified": Said("分类", "classified"),
    "petition.triaged": Said("甄别", "triaged"),
    "petition.reclassified": Said("更正类别", "reclassified"),
    "petition.dispatched": Said("派单", "dispatched"),
    "petition.transferred": Said("转办", "transferred"),
    "petition.accepted": Said("签收", "accepted"),
    "petition.returned": Said("退单", "returned"),
    "petition.escalated": Said("升级", "escalated"),
    "petition.reminded": Said("催办", "reminded"),
    "petition.resident_contacted": Said("联系居民", "the resident was spoken with"),
    "petition.handed_over": Said("引领", "handed over"),
    "petition.hand_over_confirmed": Said("引领确认", "hand-over confirmed"),
    "petition.extension_asked": Said("申请延期", "an extension was asked for"),
    "petition.extension_decided": Said("延期决定", "an extension was decided"),
    "petition.paused": Said("待补充", "paused for the resident"),
    "petition.resumed": Said("恢复计时", "resumed"),
    "petition.parking_decided": Said("挂账决定", "parking was decided"),
    "petition.unparked": Said("结束挂账", "parked no more"),
    "petition.clocks_recomputed": Said("新日历或新规则", "a calendar or rulebook came into force"),
    "petition.replied": Said("答复", "replied"),
    "petition.disputed": Said("异议", "disputed"),
    "petition.review_requested": Said("申请复查", "a review was asked for"),
    "petition.review_decided": Said("复查决定", "the review was decided"),
    "petition.merged": Said("并入另一诉求", "merged into another petition"),
    "petition.unmerged": Said("恢复独立办理", "goes on by itself"),
    "petition.withdrawn": Said("撤回", "withdrawn"),
    "petition.closed": Said("归档", "closed"),
}


def done(event: Event) -> Said:
    """The event in a word or two."""
    return DONE.get(event.topic, Said(event.topic, event.topic))


def who(event: Event) -> tuple[str, str]:
    """The actor, in Chinese and English."""
    role, name = event.who
    return f"{ROLES.get(role, role)} {name}", f"{role} {name}"


def shown(moment: datetime, zone: tzinfo) -> str:
    """An instant to the minute, in the office's zone; with seconds if they are not zero."""
    here = moment.astimezone(zone)
    return here.strftime("%Y-%m-%d %H:%M:%S" if here.second else "%Y-%m-%d %H:%M")


def length(span: timedelta) -> Said:
    """A duration to the minute; below a minute, to the second."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return Said(f" {span.total_seconds():g} 秒", f"{span.total_seconds():g} s")
    parts = [
        (seconds // 86_400, "天", "d"),
        (seconds % 86_400 // 3600, "小时", "h"),
        (seconds % 3600 // 60, "分钟", "min"),
    ]
    zh = "".join(f" {number} {unit}" for number, unit, _ in parts if number)
    return Said(zh, " ".join(f"{number} {unit}" for number, _, unit in parts if number))


# ---------------------------------------------------------------- running.py
# The running clocks of a petition, compared with what its events say of them.

NO_CLOCK = frozenset(
    [
        "resident_joined",
        "code_given",
        "confidentiality_set",
        "urgency_set",
        "returned",
        "assist_asked",
        "assist_ended",
        "proxy_taken",
        "proxy_carried",
        "proxy_result_brought",
        "mediation_opened",
        "mediation_ended",
        "referred",
        "referral_decided",
        "supervised",
        "leader_reminded",
        "follow_up_asked",
        "confirmed",
        "disputed",
        "sealed_fields_read",
    ]
)
"""Topics of a petition that do not change any clock."""
MAY_BE_SET_ASIDE = frozenset(
    [
        "petition.reminded",
        "petition.escalated",
        "petition.clock_warned",
        "petition.clock_breached",
        "petition.leader_reminded",
    ]
)
"""Steps the engine takes at a time: by a wrong clock it may take them too early."""
TELLS_OF_A_CLOCK = frozenset({"reminded", "clock_warned"})
"""Topics that name a clock without changing it."""


class Running:
    """The clocks of a petition, and what events do to them: set, stop, move."""

    def __init__(self) -> None:
        self.clocks: dict[str, Clock] = {}
        self.given: list[Clock] = []
        self.tier = ""
        self.with_leader = False
        self.effort = Effort()
        self.entered: dict[tuple[str, datetime], datetime] = {}

    def _set(self, event: Event, book: Book, given: list[Any], *, only: bool = False) -> None:
        """Set clocks; one with the same start and rule keeps its history. `only`: drop all others but the tier's."""
        names = {name for name, *_ in given} | {"tier"}
        for name, clock in self.clocks.items():
            if only and name not in names:
                clock.dropped = True
                clock.end("superseded", event)
        for name, budget, start, postings in given:
            before = self.clocks.get(name)
            if before is not None and (before.start, before.budget.rule) == (start, budget.rule):
                if before.dropped and before.ended == "superseded":
                    before.ended = before.ended_by = None  # corrected back: it runs on from its own start
                before.dropped, before.budget = False, budget
                before.again(book, event)
                continue
            clock = Clock(name, self.tier if name == "tier" else None, budget, start, event, book)
            clock.postings, clock.effort, clock.entered = list(postings or []), self.effort, self.entered
            if before is not None:
                if postings is None:  # corrected, not restarted: time used stays used, and what was met stays met
                    clock.extra, clock.pauses, clock.postings = before.extra, list(before.pauses), list(before.postings)
                    clock.stopped, clock.breached, clock.paused_at = before.stopped, before.breached, before.paused_at
                    clock.ended, clock.ended_by, clock.met_later = before.ended, before.ended_by, before.met_later
                    clock.stands = before.stands
                before.end("superseded", event)
            clock.again(book, event)
            self.clocks[name] = clock
            self.given.append(clock)

    def _stop(self, event: Event, names: Iterable[str], how: str = "met") -> None:
        for name in names:
            clock = self.clocks.get(name)
            if clock is None or clock.stopped or (name == "tier" and self.with_leader):
                continue
            clock.stopped, clock.paused_at = True, None
            if clock.ended == "breached" and how == "met":
                clock.met_later = clock.met_later or event
            clock.end(how, event)

    def _moved(self, event: Event, book: Book, clocks: list[Clock], *, also_unmoved: bool = False) -> None:
        """Compute these clocks again, and compare with what the event says was moved."""
        said = event.body["moved"]
        told = [] if said is None else said if isinstance(said, list) else [said]
        names = [each["clock"]["name"] for each in told]
        before = {clock.name: clock.due for clock in clocks}
        for clock in clocks:
            clock.again(book, event)
            if clock.name not in names and clock.due != before[clock.name]:
                raise differs(event, clock.name, "due_at", before[clock.name].isoformat(), clock.due.isoformat())
        for each in told:
            name = each["clock"]["name"]
            if name not in before or instant(each["was_due_at"]) != before[name]:
                raise differs(event, name, "was_due_at", str(each["was_due_at"]), str(before.get(name)))
        if not also_unmoved and len(set(names)) != len(names):
            raise differs(event, names[0], "moved", "twice", "once")
        self._agrees(event, [each["clock"] for each in told])

    def _can_be_over(self, clock: Clock) -> bool:
        leads = clock.name == "tier" and self.with_leader
        return clock.ended is None and clock.owed and clock.over is None and not leads

    def _already_over(self, clock: Clock, end: datetime, event: Event) -> None:
        """An end that is over is not moved to a later one, by whatever came into force or was entered since."""
        rested = clock.merged is not None and clock.merged.judged <= end
        if clock.ended is None and event.judged > end and clock.due > end and not rested:
            clock.over = (end, event)

    def _dated_back(self, what: str, event: Event, book: Book) -> None:
        """Note what was entered later than the tolerance after it began: it counts from when it was entered.

        Raises:
            Wrong: the rulebook says how late it may be entered, and it was later: no program of the office writes it.
        """
        late = event.recorded - event.at
        if what == "pause" and book.entered_within is not None and late > book.late_act + CLOCKS_APART:
            most = book.entered_within
            raise self._against(event, f"倒签超过 {most} 分钟", f"dated back by more than the {most} minutes it allows")
        if late > book.late_act:
            place = (what, event.at)
            self.entered[place] = max(event.recorded, self.entered.get(place, event.recorded))

    def _against(self, event: Event, zh: str, en: str) -> Wrong:
        what = f"Event {event.version} ({event.topic}) is against the rulebook: {en}."
        return Wrong(f"第 {event.version} 条事件（{done(event).zh}）与规则不符：{zh}。", what)

    def _agrees(self, event: Event, told: list[Any]) -> None:
        """Compare what an event says of clocks with what was computed.

        Raises:
            Wrong: they differ.
        """
        for each in told:
            name = str(each["name"])
            clock = self.clocks.get(name)
            if clock is None or clock.dropped:
                raise differs(event, name, "name", name, "no such clock")
            counted = {
                "rule": clock.budget.rule,
                "kind": clock.budget.kind,
                "days": clock.budget.days,
                "counting": clock.budget.counting,
                "pausable": clock.budget.pausable,
                "extra_days": clock.extra,
                "provisional": clock.counted.provisional,
            }
            for member, value in counted.items():
                if each[member] != value:
                    raise differs(event, name, member, str(each[member]), str(value))
            times = {"started_at": clock.start, "due_at": clock.due}
            for member, moment in times.items():
                if instant(each[member]) != moment:
                    raise differs(event, name, member, str(each[member]), moment.isoformat())
            pauses = [(instant(pause["since"]), instant(pause["until"]), pause["why"]) for pause in each["pauses"]]
            postings = [(instant(posting["since"]), posting["roster"]) for posting in each["postings"]]
            if (pauses, postings) != (clock.pauses, clock.postings):
                raise differs(event, name, "pauses, postings", str(len(pauses)), str(len(clock.pauses)))
        owed = {name for name, clock in self.clocks.items() if not clock.dropped}
        if event.topic in ("petition.received", "petition.triaged", "petition.reclassified"):
            missing = owed - {str(each["name"]) for each in told}
            if missing:
                raise differs(event, min(missing), "name", "nothing", "a clock of the rulebook")

    def _same(self, event: Event, member: str, said: Any, counted: Any) -> None:
        if said != counted:
            raise differs(event, "tier", member, str(said), str(counted))


def differs(event: Event, clock: str, member: str, said: str, counted: str) -> Wrong:
    """The error for an event that says something else of a clock than was computed."""
    name = CLOCKS.get(clock, Said(clock, clock))
    return Wrong(
        f"第 {event.version} 条事件：{name.zh}时限所记与重新计算不符（{member}：记为 {said}，应为 {counted}）。",
        f"Event {event.version} ({event.topic}) says {member} of the {name.en} clock is {said}; "
        f"by the rules, the calendar and what went before it is {counted}.",
    )


# ---------------------------------------------------------------- following.py
# A petition followed event by event: what the rulebook allows, and what became of each clock.


class Case(Running):
    """A petition's clocks, computed from its events; what the events say of them is compared, never copied."""

    def __init__(self, books: dict[str, Book]) -> None:
        super().__init__()
        self.books = books
        self.remarks: list[Said] = []
        self.received: datetime | None = None
        self.channel = ""
        self.category: str | None = None
        self.waits_until: datetime | None = None
        self.asked: dict[str, tuple[Event, str, int]] = {}
        self.pauses = 0
        self.followed: list[Event] = []

    def follow(self, event: Event) -> None:
        """Apply one more event.

        Raises:
            Wrong: it contradicts the rules, the calendar or the events before it.
        """
        book = self.books[str(event.body["rulebook"])]
        if not ID.fullmatch(event.who[1]):
            what = f"Event {event.version}: {event.who[1]!r} is no id: expected a-z, 0-9 and hyphens."
            raise Wrong(f"第 {event.version} 条事件的办理人标识不合规范。", what)
        kind, _, name = event.topic.partition(".")
        if kind != "petition" or (name == "received") != (event.version == 1):
            what = f"Event {event.version}, {event.topic}, cannot stand there in a petition."
            raise Wrong(f"第 {event.version} 条事件不应出现在此处：{event.topic}。", what)
        does = getattr(self, "on_" + name, None)
        if does is not None:
            before = [(each, each.end_at(event.judged)) for each in self.clocks.values() if self._can_be_over(each)]
            does(event, event.body, book)
            for clock, end in before:
                self._already_over(clock, end, event)
        elif {"clock", "moved", "beside"} & set(event.body) and name not in TELLS_OF_A_CLOCK:
            what = f"Event {event.version}, {event.topic}, tells of a clock and is not known to this verify.py."
            raise Wrong(f"第 {event.version} 条事件类型未知，请用较新的 verify.py。", what)
        elif name not in TELLS_OF_A_CLOCK and name not in NO_CLOCK:
            self.remarks.append(Said(f"事件 {event.topic} 类型未知，与时限无关。", f"{event.topic} is not known here."))
        self.followed.append(event)

    # At the door.

    def on_received(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """The clock runs from the submission if it was entered within the rulebook's limit, else from the entry."""
        submitted = instant(body["submitted_at"]) if body["submitted_at"] else None
        late = submitted is not None and event.judged - submitted > book.late_entry
        if (body["counted_from"] == "submission" and submitted != event.at) or (
            body["counted_from"] == "entry" and submitted is not None and not late
        ):
            what = f"It counts from the {body['counted_from']}, which the rulebook does not allow."
            raise Wrong("时限起算点与规则不符。", what)
        self.received, self.channel, self.tier = event.at, str(body["channel"]), next(iter(book.tiers))
        self._same(event, "tier", body["tier"], self.tier)
        self._set(event, book, [("tier", book.tiers[self.tier], event.at, []), *self._beside(book)])
        self._agrees(event, [body["clock"], *body["beside"]])

    def on_classified(self, _: Event, body: dict[str, Any], _book: Book) -> None:
        """The classifier's proposal."""
        self.category = str(body["category"])

    def on_triaged(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Category and tier are confirmed or corrected: clocks run from where they began, time used stays used."""
        self.category, tier = str(body["category"]), str(body["tier"])
        running = self.clocks["tier"]
        given: list[Any] = self._beside(book)
        if tier != self.tier:
            given.insert(0, ("tier", book.tiers[tier], running.start, None))
        self.tier = tier
        self._set(event, book, given, only=True)
        self._agrees(event, [body["clock"], *body["beside"]])

    on_reclassified = on_triaged

    def _beside(self, book: Book) -> list[Any]:
        return [
            (name, budget, self.received, None)
            for name, budget, categories, channels in book.beside
            if self.channel not in channels and (not categories or self.category in categories)
        ]

    # Between units.

    def on_dispatched(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """The tier's clock now counts by the roster of this unit."""
        running, roster = self.clocks["tier"], book.rosters[str(body["unit"])]
        had = running.postings[-1][1] if running.postings else "working"
        if not self.with_leader and roster != had:
            running.postings.append((event.at, roster))
            self._moved(event, book, [running])
        else:
            self._moved(event, book, [])
        self._dated_back("posting", event, book)

    on_transferred = on_dispatched

    def on_accepted(self, event: Event, *_: Any) -> None:
        """A unit accepted: the statutory acceptance clock is met."""
        self._stop(event, ("statutory_accept",))

    def on_escalated(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """The tier above takes over with a clock of its own; above the last tier the leader, without a clock."""
        running = self.clocks["tier"]
        running.end("breached" if body["cause"] == "deadline" else "superseded", event)
        if body["cause"] == "deadline":
            missed = running.due
            if not self.with_leader and (instant(body["missed_due_at"]) != missed or event.at < missed):
                raise differs(event, "tier", "missed_due_at", str(body["missed_due_at"]), missed.isoformat())
        self.tier = str(body["to_tier"] or body["from_tier"])
        self.with_leader = body["to_tier"] is None
        if not self.with_leader:
            roster = book.rosters[str(body["unit"])]
            postings = [] if roster == "working" else [(event.at, roster)]
            self._set(event, book, [("tier", book.tiers[self.tier], event.at, postings)])
            self._agrees(event, [body["clock"]])

    def on_resident_contacted(self, event: Event, *_: Any) -> None:
        """The resident was contacted: the first-contact clock is met."""
        self._stop(event, ("first_contact",))

    on_handed_over = on_resident_contacted

    def on_hand_over_confirmed(self, event: Event, *_: Any) -> None:
        """The centre has the resident: the hand-over clock is met."""
        self._stop(event, ("hand_over",))

    # Time.

    def on_clock_breached(self, event: Event, body: dict[str, Any], _: Book) -> None:
        """A clock other than the tier's was missed."""
        clock = self.clocks[str(body["clock"])]
        if instant(body["due_at"]) != clock.due or event.at < clock.due:
            raise differs(event, clock.name, "due_at", str(body["due_at"]), clock.due.isoformat())
        clock.breached = True
        clock.end("breached", event)

    def _not_over(self, event: Event, clock: Clock) -> None:
        """Refuse to move a clock that was over when the event was recorded, whatever time the event states.

        Raises:
            Wrong: the clock was over; one that is paused is not.
        """
        if clock.name == "tier" and self.with_leader:
            return
        if clock.paused_at is None and event.judged > clock.due + CLOCKS_APART:
            raise self._against(event, "时限已过，事后才登记", "on record only after the clock had ended")

    def _approved_by(self, event: Event, asked: Event, book: Book, zh: str, en: str) -> None:
        """Check that a leader of the rulebook decided, who is not the person who asked.

        Raises:
            Wrong: it was the same person, or no leader.
        """
        role, name = event.who
        if name == asked.who[1]:
            raise Wrong(f"{zh}由申请人自己批准。", f"Event {event.version}: who asked for the {en} approved it.")
        if role != "leader" or name not in book.leaders:
            what = f"the {en} was decided by {role} {name}, who is no leader of the rulebook"
            raise self._against(event, f"{zh}须由规则所列领导批准", what)

    def on_extension_asked(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """More time is asked for: before the clock ends, once, within the rule's limit."""
        clock = self.clocks[str(body["clock"])]
        self._not_over(event, clock)
        rule, days = book.promise(clock.budget.rule), int(body["days"])
        most = (rule.extend if rule else None) or 0
        if not 0 < days <= most:
            raise self._against(event, f"延期 {days} 天，至多 {most} 天", f"{days} days more, of at most {most}")
        if any(each.decided and each.decided.body["approved"] for each in clock.extensions):
            raise self._against(event, "已延期一次", "the clock was extended once already")
        self.asked["extension"] = (event, clock.name, int(body["days"]))
        clock.extensions.append(Extension(int(body["days"]), event, None))

    def on_extension_decided(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Somebody else approves or refuses the extension."""
        asked, name, days = self.asked.pop("extension")
        clock = self.clocks[name]
        self._approved_by(event, asked, book, "延期", "extension")
        if body["approved"]:
            self._not_over(event, clock)
        clock.extensions[-1] = clock.extensions[-1]._replace(decided=event)
        if body["approved"]:
            clock.extra += days
        self._moved(event, book, [clock] if body["approved"] else [])

    def on_paused(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Waiting for the resident: clocks pause, within the rulebook's number and length of pauses."""
        self._stop(event, ("first_contact",))
        self._not_over(event, self.clocks["tier"])
        self.pauses += 1
        often, days = book.pauses
        until = instant(body["until"])
        if self.pauses > often or until > book.opening_after(event.at, days):
            what = f"at most {often} pauses of {days} working days"
            raise self._against(event, f"至多暂停 {often} 次，每次 {days} 个工作日", what)
        self._dated_back("pause", event, book)
        self._wait(event, body["clocks"], "resident", until, None)

    def on_parking_asked(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Parking is asked for, until a day within the rulebook's limit."""
        self._not_over(event, self.clocks["tier"])
        if instant(body["look_again_at"]) > book.window_end(event.at, book.parked_for):
            what = f"it is to be looked at again within {book.parked_for} days"
            raise self._against(event, f"须在 {book.parked_for} 天内复查", what)
        self.asked["parking"] = (event, "", 0)

    def on_parking_decided(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Somebody else approves or refuses: clocks pause until the day of the next look."""
        asked = self.asked.pop("parking")[0]
        self._approved_by(event, asked, book, "挂账", "parking")
        if body["approved"]:
            self._not_over(event, self.clocks["tier"])
            if body["look_again_at"] != asked.body["look_again_at"]:
                raise self._against(event, "复查日期与申请不同", "another day to look again than was asked for")
            self._dated_back("pause", event, book)
            self._wait(event, body["clocks"], "parked", instant(body["look_again_at"]), asked)

    def _wait(self, event: Event, names: Any, why: str, until: datetime, asked: Event | None) -> None:
        self.waits_until = until
        for name in names:
            clock = self.clocks[str(name)]
            if not clock.budget.pausable or not clock.owed:
                what = f"Event {event.version}: the rule of the {name} clock does not let it stand still."
                raise Wrong(f"第 {event.version} 条事件：该时限依规则不得暂停。", what)
            clock.paused_at = event.at
            clock.stands = (event.at, until, why)
            clock.waits.append(Wait(why, event, asked, None))

    def on_resumed(self, event: Event, _: dict[str, Any], book: Book) -> None:
        """The paused clocks run on with the time they had left; a pause ends at its limit at the latest."""
        ending = min(event.at, self.waits_until or event.at)
        for clock in self.clocks.values():
            clock.stands = None
        stood = [clock for clock in self.clocks.values() if clock.paused_at]
        for clock in stood:
            since = clock.paused_at or event.at
            clock.pauses.append((since, max(since, ending), clock.waits[-1].why))
            clock.waits[-1] = clock.waits[-1]._replace(ended=event)
            clock.paused_at = None
        self.waits_until = None
        self._moved(event, book, stood)

    on_unparked = on_resumed

    def on_steps_set_aside(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """Steps the engine took too early, by a wrong clock, are void: the other events are followed again."""
        versions = {int(version) for version in body["versions"]}
        if not versions:
            return
        aside = [each for each in self.followed if each.version in versions]
        engines = all(each.body["by"]["role"] == "engine" and each.topic in MAY_BE_SET_ASIDE for each in aside)
        by_leader = event.who[0] == "leader" and event.who[1] in book.leaders
        if len(aside) != len(versions) or not engines or not by_leader:
            what = f"Event {event.version} sets aside what is no step of the engine, or nobody who may has said so."
            raise Wrong(f"第 {event.version} 条事件撤除的并非系统步骤，或非领导所为。", what)
        fresh = Case(self.books)
        fresh.effort = self.effort
        for each in self.followed:
            if each.version not in versions:
                fresh.follow(each)
        self.__dict__.update(fresh.__dict__)
        told = "、".join(str(version) for version in sorted(versions))
        what = f"Events {', '.join(str(version) for version in sorted(versions))} were set aside: a clock was wrong."
        self.remarks.append(Said(f"第 {told} 条事件因时钟有误已撤除，不计入时限。", what))

    def on_clocks_recomputed(self, event: Event, _: dict[str, Any], book: Book) -> None:
        """A calendar or rulebook came into force: running clocks are recomputed, by their old budget or the new."""
        running = [
            clock
            for clock in self.clocks.values()
            if clock.owed and not clock.breached and not (clock.name == "tier" and self.with_leader)
        ]
        for clock in running:
            rule = book.promise(clock.budget.rule)
            if rule is not None and not rule.keep:
                clock.budget = clock.budget._replace(kind=rule.kind, days=rule.days, counting=rule.counting)
        self._moved(event, book, running, also_unmoved=True)

    # The answer.

    def on_replied(self, event: Event, body: dict[str, Any], _: Book) -> None:
        """Every clock stops; a clock that was missed is met late."""
        tier = self.clocks["tier"]
        if not self.with_leader and tier.owed and body["on_time"] is not (event.judged <= tier.due):
            self.remarks.append(
                Said(
                    f"第 {event.version} 条答复所记“是否按时”与登记时间不符。",
                    f"Event {event.version} calls itself {'on time' if body['on_time'] else 'late'}; "
                    "by when it was recorded it was not so.",
                )
            )
        self._stop(event, self.clocks)
        for clock in self.given:
            if clock.ended == "breached" and clock.met_later is None:
                clock.met_later = event

    def on_review_requested(self, event: Event, body: dict[str, Any], book: Book) -> None:
        """The review starts its own clock."""
        name = "second_review" if body["level"] == 2 else "review"
        self._set(event, book, [(name, book.reviews[name], event.at, [])])
        self._agrees(event, [body["clock"]])

    def on_review_decided(self, event: Event, body: dict[str, Any], _: Book) -> None:
        """The review's clock is met."""
        self._stop(event, ("second_review" if body["level"] == 2 else "review",))

    def on_withdrawn(self, event: Event, *_: Any) -> None:
        """All clocks end: nothing is owed any more."""
        self._stop(event, self.clocks, "withdrawn")

    on_closed = on_withdrawn

    def on_merged(self, event: Event, *_: Any) -> None:
        """The petition was merged into another: nothing is owed here while it is."""
        for clock in self.clocks.values():
            if clock.ended is None:
                clock.merged = event

    def on_unmerged(self, *_: Any) -> None:
        """The petition goes on by itself."""
        for clock in self.clocks.values():
            clock.merged = None


# ---------------------------------------------------------------- finding.py
# The finding about one promise: its verdict, and what proves it.


@dataclass
class Finding:
    """The findings about one promise.

    `verdict`: kept, missed, running, paused or set_aside. `proven`: by_witness (a witness whose key was given saw the
    act before the end: `witness`), by_checkpoint (by the log's own clock), between_checkpoints (the recording time
    decides), contradicted (recording time and checkpoint disagree), or not_over. `before` and `after`: the checkpoints
    around the end. `end`: when it ended, as it is judged; `aside`: the event that set it aside.
    `outside`: events that were not decided under the rules in force.
    """

    clock: Clock
    end: datetime
    aside: Event | None
    verdict: str
    judged: Event | None
    by: timedelta
    proven: str
    before: Checkpoint | None
    after: Checkpoint | None
    on_record: list[Event]
    late: list[Event]
    units: list[Event]
    outside: list[Event]
    witness: Sight | None = None
    sentences: list[Said] = field(default_factory=list)


GIVEN_TO = ("petition.dispatched", "petition.transferred")
"""Topics by which a unit gets the petition, whose roster counts from then on."""


def while_owed(clock: Clock, event: Event) -> bool:
    """Whether the event was written while the clock was owed."""
    return clock.given_by.version <= event.version and not (clock.ended_by and event.version > clock.ended_by.version)


def late_by(event: Event) -> timedelta:
    """How long after it counts an event was recorded."""
    return event.recorded - event.at


def proof_of(verdict: str, last: Event | None, before: Checkpoint | None, after: Checkpoint | None) -> str:
    """What proves it; `last` met it or set it aside. Within `CLOCKS_APART` a checkpoint may contradict the record."""
    in_before = last is not None and before is not None and last.position <= before.size
    not_in_after = after is not None and (last is None or last.position > after.size)
    if verdict == "kept":
        return "contradicted" if not_in_after else "by_checkpoint" if in_before else "between_checkpoints"
    if verdict == "missed":
        return "contradicted" if in_before else "by_checkpoint" if not_in_after else "between_checkpoints"
    return "contradicted" if verdict == "set_aside" and not_in_after else "not_over"


def verdict_of(clock: Clock, end: datetime, now: datetime) -> str:
    """The verdict on a clock that ended so: whatever set it aside after its end, it was missed before."""
    if clock.ended == "breached":
        return "missed"
    if clock.ended == "met" and clock.ended_by is not None:
        return "kept" if clock.ended_by.judged <= end else "missed"
    if clock.aside is not None:
        return "set_aside" if clock.aside.judged <= end or over_when_entered(clock, end) else "missed"
    if clock.stands is not None and now <= clock.stands[1]:
        return "paused"
    return "running" if now <= end else "missed"


def over_when_entered(clock: Clock, end: datetime) -> bool:
    """Whether it is the door's first clock of a paper entered after that had ended, sorted within the hour.

    The clock of the tier that the petition was given counts from the same start, and is judged.
    """
    sorted_by, given = clock.ended_by, clock.given_by.judged
    if clock.given_by.version != 1 or given <= end or sorted_by is None:
        return False
    return sorted_by.topic == "petition.triaged" and sorted_by.judged <= given + LATE_ENTRY


# ---------------------------------------------------------------- sentences.py
# The sentences about each clock: its verdict, and what proves it.


def findings(dossier: Dossier, outside: list[Event], sights: Sequence[Sight] = ()) -> tuple[Case, list[Finding]]:
    """Compute the clocks again, with what is proven of each.

    `outside`: events not decided under the rules in force; `sights`: what witnesses saw, whose keys were given.

    Raises:
        Wrong: the record contradicts the rules, the calendar or itself.
    """
    case = Case(dossier.books)
    for event in dossier.petition:
        case.follow(event)
    if len(case.given) * len(dossier.petition) > MOST_LOOKS:
        raise Wrong("时限过多，无法一一说明。", f"{len(case.given)} clocks are more than can be told.")
    return case, [_finding(clock, dossier, outside, sights) for clock in case.given]


def _finding(clock: Clock, dossier: Dossier, outside: list[Event], sights: Sequence[Sight]) -> Finding:
    events, now = dossier.petition, dossier.newest.at
    last = clock.last
    until = last.judged if last else now
    end = clock.end_at(until)
    verdict = verdict_of(clock, end, now)
    # A checkpoint's time has whole seconds: one in the very second of the end may be later than that.
    after = min((each for each in dossier.checkpoints if each.at >= end), key=lambda each: each.size, default=None)
    before = max(
        (each for each in dossier.checkpoints if each.at < end and (after is None or each.size < after.size)),
        key=lambda each: each.size,
        default=None,
    )
    witness = first_before(sights, clock.met.position, end) if clock.met and verdict == "kept" else None
    found = Finding(
        clock,
        end,
        clock.aside,
        verdict,
        clock.met,
        abs(until - end),
        "by_witness" if witness else proof_of(verdict, last, before, after),
        before,
        after,
        [event for event in events if event.recorded <= end],
        [event for event in events if event.at <= end < event.recorded],
        [event for event in events if event.topic in GIVEN_TO and while_owed(clock, event)],
        [event for event in outside if event.topic.partition(".")[2] not in NO_CLOCK and while_owed(clock, event)],
        witness,
    )
    settled = _settled(found)
    if found.outside:
        settled = Said(
            f"{settled.zh}（所依据的不是当时施行的规则，见下）",
            f"{settled.en} (Not under the rules in force, see below.)",
        )
    if found.proven == "contradicted":
        settled = Said(
            f"{settled.zh}（检查点另有所证，见下）", f"{settled.en} (A checkpoint shows otherwise, see below.)"
        )
    found.sentences = [settled, *_outside(found), *_about(found), *_elsewhere(clock, dossier), _by_what(found, dossier)]
    return found


def _outside(found: Finding) -> list[Said]:
    """Which events of the clock were not decided under the rules in force."""
    if not found.outside:
        return []
    numbers = [str(event.version) for event in found.outside]
    return [
        Said(
            f"本时限不是依据当时施行的规则计算：第 {'、'.join(numbers)} 条事件依据的规则库当时并未施行。",
            "This clock is not under the rules in force: a rulebook that was not in force then decided event"
            f"{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}.",
        )
    ]


def _dated_back(event: Event, what: str, found: Finding, zone: tzinfo) -> Said:
    """That a pause or a unit's time was entered after it began, and from when it counts."""
    late, since, noted = length(late_by(event)), shown(event.at, zone), shown(event.recorded, zone)
    if (what, event.at) in found.clock.entered:
        ended, recorded = shown(found.end, zone), shown(found.clock.due, zone)
        return Said(
            f"倒签：第 {event.version} 条（{done(event).zh}）记为 {since}，{noted} 才登记，晚{late.zh}："
            f"自登记时起算；期限以 {ended} 论，所记为 {recorded}。",
            f"Dated back: Event {event.version}, “{done(event).en}”, of {since} was entered {noted}, {late.en} later; "
            f"it counts from when it was entered: the end is {ended}, on record is {recorded}.",
        )
    allowed = late_by(event) > LATE_ENTRY
    return Said(
        f"第 {event.version} 条（{done(event).zh}）在开始{late.zh}后登记{'，在规则允许之内' if allowed else ''}。",
        f"Event {event.version}, “{done(event).en}”, was entered {late.en} after it began"
        f"{', which the rulebook allows' if allowed else ''}.",
    )


def _settled(found: Finding) -> Said:
    """The one sentence with the verdict."""
    clock, zone = found.clock, found.clock.book.zone
    due, by = shown(found.end, zone), length(found.by)
    name = CLOCKS.get(clock.name, Said(clock.name, clock.name))
    if found.verdict == "kept" and found.judged:
        what, when = done(found.judged), shown(found.judged.judged, zone)
        early = f"提前{by.zh}" if found.by else "正好到期时"
        before = f"{by.en} before it" if found.by else "at the very instant"
        return Said(
            f"按时：{name.zh}时限 {due} 到期，{what.zh}于 {when} 在册，{early}。",
            f"Kept: the {name.en} clock was due {due}; “{what.en}” was on record {when}, {before}.",
        )
    if found.verdict == "missed" and found.judged:
        what, when = done(found.judged), shown(found.judged.judged, zone)
        return Said(
            f"超期：{name.zh}时限 {due} 到期，{what.zh}于 {when} 才在册，迟{by.zh}。",
            f"Missed: the {name.en} clock was due {due}; “{what.en}” was on record only {when}, {by.en} late.",
        )
    if found.verdict == "missed" and found.aside:
        what, when = done(found.aside), shown(found.aside.judged, zone)
        by_whom, by_whom_en = who(found.aside)
        return Said(
            f"超期：{name.zh}时限 {due} 到期，到期时无办结记录；{when} 才不再计时，迟{by.zh}"
            f"（第 {found.aside.version} 条{what.zh}，{by_whom}）。",
            f"Missed: the {name.en} clock was due {due}; nothing had met it, and it was set aside only {when}, "
            f"{by.en} late. Event {found.aside.version}, “{what.en}”, by {by_whom_en}.",
        )
    if found.verdict == "missed":
        return Said(
            f"超期：{name.zh}时限 {due} 到期，至最新检查点仍无办结记录，已迟{by.zh}。",
            f"Missed: the {name.en} clock was due {due}; nothing was on record by the newest checkpoint, {by.en} late.",
        )
    ended = found.aside
    by_zh = f"（第 {ended.version} 条{done(ended).zh}，{who(ended)[0]}）" if ended else ""
    by_en = f" Event {ended.version}, “{done(ended).en}”, by {who(ended)[1]}." if ended else ""
    return {
        "running": Said(f"未到期：{name.zh}时限 {due} 到期。", f"Not over: the {name.en} clock is due {due}."),
        "paused": Said(
            f"暂停中：{name.zh}时限恢复后重新计算，暂停前为 {due}。",
            f"Standing still: the {name.en} clock was due {due} and is counted on when it resumes.",
        ),
        "set_aside": Said(
            f"不再计时：{name.zh}时限（{due}）已由其他事项取代或终止{by_zh}。",
            f"Set aside: the {name.en} clock ({due}) was no longer owed.{by_en}",
        ),
    }[found.verdict]


def _about(found: Finding) -> list[Said]:
    """The clock, how it was counted, what moved it, what was on record when it ended."""
    clock, book, zone = found.clock, found.clock.book, found.clock.book.zone
    tier = book.names.get(clock.tier or "", Said("", ""))
    level, of = (f"（{tier.zh}）", f" ({tier.en})") if clock.tier else ("", "")
    budget = clock.budget
    days = (
        "当日" if budget.kind == "same_day" else f"{budget.days} {'个工作日' if budget.counting == 'working' else '天'}"
    )
    days_en = "the same day" if budget.kind == "same_day" else f"{budget.days} {budget.counting} days"
    counted = sum(each.counted for each in clock.counted.days)
    started, due = shown(clock.start, zone), shown(clock.due, zone)
    said = [
        Said(
            f"时限{level}：依据 {budget.rule}，{days}，自 {started} 起算；"
            f"重新逐日计算：{counted} 天计入，{due} 到期，与所记相符。",
            f"The clock{of}: rule {budget.rule}, {days_en}, from {started}; counted again day by day: {counted} days "
            f"count, due {due}, as recorded.",
        ),
        *grouped(clock.counted.days),
    ]
    if clock.counted.provisional:
        said.append(Said("期限暂定：日历尚未公布。", "Provisional: no calendar is announced that far."))
    said += [_waited(each, zone) for each in clock.waits]
    said += [_extended(each, zone) for each in clock.extensions]
    for event, was in clock.moves:
        what, then, noted = done(event), shown(was, zone), shown(event.recorded, zone)
        said.append(
            Said(
                f"期限变动：原 {then}，因{what.zh}（第 {event.version} 条），{noted} 登记。",
                f"Its end moved from {then}: {what.en} (event {event.version}), recorded {noted}.",
            )
        )
    if clock.over is not None:
        ended, moved_by = shown(found.end, zone), clock.over[1]
        noted = shown(moved_by.recorded, zone)
        said.append(
            Said(
                f"时限 {ended} 已过，第 {moved_by.version} 条于 {noted} 才登记，所移期限（{due}）不计。",
                f"It was over ({ended}) when event {moved_by.version} was recorded {noted}: the later end ({due}) "
                "does not count.",
            )
        )
    said += [
        _dated_back(wait.begun, "pause", found, zone) for wait in clock.waits if late_by(wait.begun) > CLOCKS_APART
    ]
    units = [event for event in found.units if late_by(event) > CLOCKS_APART] if clock.name == "tier" else []
    said += [_dated_back(event, "posting", found, zone) for event in units]
    last = f"#{found.on_record[-1].version} {found.on_record[-1].topic}" if found.on_record else "—"
    said.append(
        Said(
            f"到期时（按登记时间）在册 {len(found.on_record)} 条，最后一条 {last}。",
            f"On record when it ended, by the times of writing: {len(found.on_record)} events, the last one {last}.",
        )
    )
    for event in found.late:
        when = shown(event.recorded, zone)
        said.append(
            Said(
                f"补录：#{event.version} {event.topic} 记为 {shown(event.at, zone)}，{when} 才登记，到期时不在册。",
                f"Late entry: #{event.version} {event.topic} of {shown(event.at, zone)} was entered {when}: "
                "not on record when it ended.",
            )
        )
    return said


def _elsewhere(clock: Clock, dossier: Dossier) -> list[Said]:
    """Of a petition that is merged: whether it was answered where it was merged into."""
    if clock.merged is None:
        return []
    target, zone = str(clock.merged.body.get("into")), clock.book.zone
    record = dossier.of(target)
    answer = next((event for event in record if event.topic == "petition.replied"), None)
    if answer is not None:
        when = shown(answer.judged, zone)
        return [
            Said(
                f"并入的诉求 {target}：{when} 答复在册。",
                f"The petition it was merged into, {target}, was answered: on record {when}.",
            )
        ]
    if record:
        return [
            Said(
                f"并入的诉求 {target}：至最新检查点无答复记录。",
                f"The petition it was merged into, {target}: no answer was on record by the newest checkpoint.",
            )
        ]
    return [
        Said(
            f"并入的诉求 {target} 的事件不在本卷宗内：是否已在该件中答复，本卷宗不能证明。",
            f"The events of {target}, which it was merged into, are not in this dossier: whether it was answered there "
            "nothing here shows.",
        )
    ]


def _by_what(found: Finding, dossier: Dossier) -> Said:
    """The checkpoint that proves it, or the two between which it lies."""
    zone, petition = found.clock.book.zone, str(dossier.manifest["petition"])

    def of(checkpoint: Checkpoint) -> Said:
        version = dossier.heads[checkpoint.size, petition].version
        when = shown(checkpoint.at, zone)
        return Said(
            f"{when} 的检查点（第 {checkpoint.size} 条）上本件{f'为第 {version} 条' if version else '尚未受理'}",
            f"at the checkpoint of {when} (size {checkpoint.size}) the petition "
            + (f"stood at event {version}" if version else "was not there yet"),
        )

    sides = [of(each) for each in (found.before, found.after) if each is not None]
    zh, en = "，".join(each.zh for each in sides), "; ".join(each.en for each in sides)
    if found.proven == "not_over":
        return Said(f"检查点：{zh or '无'}。", f"Checkpoints: {en or 'none around it'}.")
    if found.proven == "by_witness" and found.witness:
        return Said(
            f"已由证人证明：{found.witness.by.zh}在到期之前，已含此事。",
            f"Proven by witness: {found.witness.by.en} was made before the end, and holds it.",
        )
    if found.proven == "by_checkpoint":
        return Said(
            f"已由检查点证明（依日志自己的时钟）：{zh}。", f"Proven by checkpoint, by the log's own clock: {en}."
        )
    if found.proven == "contradicted":
        return Said(
            f"请注意：登记时间与检查点不一致（相差在时钟误差之内），检查点另有所证：{zh}。",
            "Mind: the time of writing says so, but a checkpoint shows otherwise, within what clocks may differ by: "
            f"{en}.",
        )
    when = f"以登记时间 {shown(found.judged.recorded, zone)} 为准" if found.judged else "以登记时间为准"
    return Said(
        f"检查点未能单独证明，{when}（依日志自己的时钟）：{zh or '到期前后没有检查点'}。",
        "Checkpoints alone do not show it, the time of writing "
        + (f"({shown(found.judged.recorded, zone)}) " if found.judged else "")
        + f"decides, by the log's own clock: {en or 'there is none around it'}.",
    )


def _waited(wait: Wait, zone: tzinfo) -> Said:
    since, until = shown(wait.begun.at, zone), shown(wait.ended.at, zone) if wait.ended else ""
    by, by_en = who(wait.begun)
    if wait.why == "resident":
        return Said(
            f"暂停：{since} 至 {until or '今'}，等待居民补充材料，由 {by} 决定。",
            f"Paused from {since} until {until or 'now'}, waiting for the resident, by {by_en}.",
        )
    asked, asked_en = who(wait.asked) if wait.asked else ("—", "—")
    return Said(
        f"挂账：{since} 至 {until or '今'}，由 {asked} 提出，{by} 批准。",
        f"Parked from {since} until {until or 'now'}: asked for by {asked_en}, approved by {by_en}.",
    )


def _extended(extension: Extension, zone: tzinfo) -> Said:
    asked, asked_en = who(extension.asked)
    when, days = shown(extension.asked.at, zone), extension.days
    if extension.decided is None:
        return Said(
            f"延期：{asked} 于 {when} 申请 {days} 天，未决定，不计。",
            f"Extension of {days} days asked for by {asked_en} on {when}, not decided: it does not count.",
        )
    by, by_en = who(extension.decided)
    on, approved = shown(extension.decided.at, zone), extension.decided.body["approved"]
    return Said(
        f"延期：{asked} 于 {when} 申请 {days} 天，{by} 于 {on} {'批准' if approved else '不批准'}。",
        f"Extension of {days} days asked for by {asked_en} on {when}, "
        f"{'approved' if approved else 'refused'} by {by_en} on {on}.",
    )


# ---------------------------------------------------------------- elsewhere.py
# What the reader has from elsewhere, checkpoints and witnesses, held against the dossier; and how old it is.


class Compared(NamedTuple):
    """A checkpoint from elsewhere that agrees with the dossier. `again`: the dossier has a later one of its tree."""

    said: Said
    sight: Sight
    checkpoint: Checkpoint
    again: bool = False


def compare(dossier: Dossier, content: bytes) -> Compared:
    """Compare the dossier with a checkpoint from elsewhere, alone or with a proof (`suqiu audit consistency`).

    Raises:
        Wrong: the histories differ, or no proof shows that they do not.
    """
    where, newest = "--checkpoint", dossier.newest
    old, proof = None, []
    text = content.decode("utf-8", "replace")
    if text.startswith("old "):
        head, _, rest = text.partition("\n\n")
        size, *lines = head.split("\n")
        if not re.fullmatch("old (0|[1-9][0-9]{0,17})", size) or len(lines) > 63:
            raise Wrong(f"{where}：不是检查点的衔接证明。", f"{where}: no number of events stands in its first line.")
        old, proof = int(size[4:]), [decode(line, where) for line in lines]
        content = rest.encode()
    if content.count(b"\nsuqiu-time/1 ") > 1:
        what = f"{where}: several checkpoints stand in this file; give one of them alone, with the empty line in it."
        raise Wrong(f"{where}：文件中有多个检查点，请只给出其中一个。", what)
    other = read_checkpoint(content, dossier.key, where)
    for each in dossier.checkpoints:
        if each.size == other.size and (each.root, each.heads) != (other.root, other.heads):
            what = f"The checkpoint got elsewhere, of {other.size} events too, is another: history was rewritten."
            raise Wrong("与别处取得的检查点不符：记录被改写过。", what)
    sight = sight_of(other, Said("别处取得", "got elsewhere"))
    same = next((each for each in dossier.checkpoints if each.size == other.size), None)
    if same is not None:
        return _same_tree(same, other, sight)
    if other.size < newest.size:
        for each in dossier.proofs["consistency"]:
            if each["size"] == other.size:
                if continues(other.size, other.root, newest.size, newest.root, hashes(each["path"], where)):
                    zh = f"卷宗是别处所取检查点（第 {other.size} 条）的延续。"
                    en = f"The dossier continues the checkpoint got elsewhere ({other.size})."
                    return Compared(Said(zh, en), sight, other)
                what = f"The dossier does not continue the checkpoint got elsewhere ({other.size}): it was rewritten."
                raise Wrong("卷宗不是别处所取检查点的延续：记录被改写过。", what)
        what = f"Nothing in the dossier shows that it continues {other.size} events: ask for it with --seen FILE."
        raise Wrong(f"卷宗中没有与别处检查点（第 {other.size} 条）衔接的证明。", what)
    if old == newest.size:
        if continues(newest.size, newest.root, other.size, other.root, proof):
            zh = f"别处所取检查点（第 {other.size} 条）是卷宗的延续。"
            en = f"The checkpoint got elsewhere ({other.size}) continues the dossier."
            return Compared(Said(zh, en), sight, other)
        what = f"The checkpoint got elsewhere ({other.size}) does not continue the dossier: history was rewritten."
        raise Wrong("别处所取检查点不是卷宗的延续：记录被改写过。", what)
    what = f"It has {other.size} events: ask there for `suqiu audit consistency --from {newest.size}`, and give that."
    raise Wrong("别处所取检查点比卷宗新，缺少衔接的证明。", what)


def _same_tree(same: Checkpoint, other: Checkpoint, sight: Sight) -> Compared:
    """A checkpoint from elsewhere of a tree that the dossier has one of: signed at the same time, or at another."""
    zh = f"与别处取得的检查点（第 {other.size} 条）相符"
    en = f"The checkpoint got elsewhere ({other.size}) is the same"
    if same.at == other.at:
        return Compared(Said(f"{zh}。", f"{en}."), sight, other)
    zh += f"，但签署时间不同：别处 {other.at:%Y-%m-%dT%H:%M:%SZ}，卷宗 {same.at:%Y-%m-%dT%H:%M:%SZ}。"
    en += f", but signed at another time: {other.at:%Y-%m-%dT%H:%M:%SZ} there, {same.at:%Y-%m-%dT%H:%M:%SZ} here."
    return Compared(Said(zh, en), sight, other, again=other.at < same.at)


def dated_later(dossier: Dossier, compared: Iterable[Compared]) -> None:
    """Of two times at which one tree was signed, take the later one: by the earlier one nothing is proven."""
    times = {each.sight.size: each.sight.at for each in compared if not each.again}
    for number, each in enumerate(dossier.checkpoints):
        dossier.checkpoints[number] = each._replace(at=max(each.at, times.get(each.size, each.at)))


def cosignatures(dossier: Dossier, compared: Iterable[Compared], witness: Key) -> list[Sight]:
    """What a witness saw when: its cosignatures in the dossier, and over checkpoints from elsewhere; by size.

    Raises:
        Wrong: it cosigned none, or a cosignature is invalid.
    """
    notes = [(each.size, each.note, f"checkpoints/{each.size}.cosigned") for each in dossier.checkpoints]
    notes += [(each.checkpoint.size, each.checkpoint.note, "--checkpoint") for each in compared]
    found = [sight for each in notes if (sight := cosignature_of(each[0], each[1], witness, each[2]))]
    if not found:
        raise Wrong(f"没有证人 {witness.name} 的会签。", f"No checkpoint of the dossier is countersigned by {witness}.")
    return sorted(found, key=lambda each: each.size)


def witnessed(dossier: Dossier, seen: Iterable[tuple[Key, list[Sight]]]) -> list[Said]:
    """For each witness its newest cosignature, how long after the checkpoint's own time, and what it covers."""
    said, own = [], dossier.petition
    times = {each.size: each.at for each in dossier.checkpoints}
    for witness, sights in seen:
        last = sights[-1]
        zh = f"证人 {witness.name} 于 {last.at:%Y-%m-%dT%H:%M:%SZ} 会签第 {last.size} 条检查点。"
        en = f"The witness {witness.name} countersigned the checkpoint {last.size}: {last.at:%Y-%m-%dT%H:%M:%SZ}."
        if last.size in times and last.at > times[last.size] + CLOCKS_APART:
            late = aged(last.at - times[last.size])
            zh = f"{zh}晚于检查点自称的时间 {late.zh}。"
            en = f"{en} That is {late.en} after the time which the checkpoint says."
        count = sum(event.position <= last.size for event in own)
        en += f" Of the petition's {len(own)} events it covers {'all' if count == len(own) else f'the first {count}'}."
        zh += f"本件 {len(own)} 条事件中涵盖{'全部' if count == len(own) else f'前 {count} 条'}。"
        said.append(Said(zh, en))
    return said


def check_not_before(dossier: Dossier, seen: Iterable[tuple[Key, list[Sight]]], limit: datetime | None) -> None:
    """Check that the dossier is not older than the reader asks for.

    Raises:
        Wrong: the newest checkpoint is, or the newest cosignature of a witness.
    """
    if limit is None:
        return
    ends = [sight_of(dossier.newest, Said("卷宗所附", "in the dossier")), *(max(each, key=_when) for _, each in seen)]
    for each in ends:
        if each.at < limit:
            what = f"The dossier is too old for --not-before {limit:%Y-%m-%dT%H:%M:%SZ}: {each.by.en} is the newest."
            raise Wrong(f"卷宗早于 --not-before {limit:%Y-%m-%dT%H:%M:%SZ}：最新者为{each.by.zh}。", what)


def _when(sight: Sight) -> datetime:
    return sight.at


def ages(dossier: Dossier, now: datetime | None) -> list[Said]:
    """How old the newest checkpoint is by the reader's clock: what happened since is in no dossier made at it."""
    if now is None:
        return []
    old, span = now - dossier.newest.at, aged(now - dossier.newest.at)
    if old < -CLOCKS_APART:
        zh = f"最新检查点的时间比本机时钟还晚 {span.zh}：其中一个时钟有误。"
        return [
            Said(zh, f"The newest checkpoint is {span.en} ahead of this computer's clock: one of the two is wrong.")
        ]
    if old < timedelta():
        return []
    zh = f"最新检查点距今 {span.zh}（依本机时钟）；此后发生的事不在卷宗内。要求更新的，用 --not-before。"
    en = f"The newest checkpoint is {span.en} old by this computer's clock; what happened since is not in the dossier. "
    return [Said(zh, en + "Use --not-before where that is too old.")]


# ---------------------------------------------------------------- verifying.py
# Verifies a dossier as a whole, also against checkpoints from elsewhere, and collects the caveats.


@dataclass
class Verified:
    """A dossier that verifies: what is proven, the findings about each clock, and the caveats."""

    dossier: Dossier
    proven: list[Said]
    findings: list[Finding]
    remarks: list[Said]


def verify(
    content: bytes,
    pinned: Key | None = None,
    elsewhere: Iterable[bytes] = (),
    witnesses: Iterable[Key] = (),
    not_before: datetime | None = None,
    now: datetime | None = None,
) -> Verified:
    """Verify a dossier. `elsewhere`: checkpoints, or continuations, obtained from somebody else.

    `not_before`: the newest checkpoint, and of each witness the newest cosignature, must not be older. `now`: the
    reader's own clock, by which ages are said.

    Raises:
        Wrong: the first error found.
    """
    try:
        dossier = read_dossier(content, pinned)
        compared = [compare(dossier, each) for each in elsewhere]
        seen = [(each, cosignatures(dossier, compared, each)) for each in witnesses]
        check_times(
            dossier,
            [*(each.sight for each in compared if not each.again), *(sight for _, found in seen for sight in found)],
            [each.sight for each in compared if each.again],
        )
        check_not_before(dossier, seen, not_before)
        dated_later(dossier, compared)
        outside = not_in_force(dossier)
        case, found = findings(dossier, outside, [sight for _, each in seen for sight in each])
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
        StopIteration,
    ) as error:
        # The signature is valid, so the office wrote this; this version does not know its shape.
        what = f"The dossier is not of the shape this verify.py knows ({type(error).__name__}: {str(error)[:80]})."
        raise Wrong("卷宗内容的格式与本程序所知不符。", what) from None
    said = [*_proven(dossier), *(each.said for each in compared), *witnessed(dossier, seen)]
    remarks = [
        *_remarks(dossier, pinned),
        *not_shown(dossier),
        *ages(dossier, now),
        *case.remarks,
        *_entered_late(dossier),
        *_rules_in_force(dossier, outside),
    ]
    return Verified(dossier, said, found, remarks)


def _proven(dossier: Dossier) -> list[Said]:
    newest, files, petition = dossier.newest, len(dossier.files), dossier.petition
    beside = len(dossier.events) - len(petition)
    opened = sum(text is not None for text in dossier.openings.values())
    erased = len(dossier.openings) - opened
    at = f"{newest.at:%Y-%m-%dT%H:%M:%SZ}"
    said = [
        Said(
            f"卷宗完整：{files} 个文件与已签名的清单一致（{dossier.key.name}）。",
            f"The dossier is whole: {files} files, as the manifest signed by {dossier.key.name} lists them.",
        ),
        Said(
            f"最新检查点：第 {newest.size} 条，{at}，根哈希 {newest.root.hex()}；"
            f"其余 {len(dossier.checkpoints) - 1} 个均为其前身。",
            f"The newest checkpoint: {newest.size} events, {at}, root {newest.root.hex()}; it continues the other "
            f"{len(dossier.checkpoints) - 1}.",
        ),
        *_earlier(dossier),
        Said(
            f"诉求 {dossier.manifest['receipt']}：截至该检查点共 {len(petition)} 条事件，无一缺漏；"
            f"相关事件 {beside} 条。",
            f"Petition {dossier.manifest['receipt']}: {len(petition)} events up to there, none missing; "
            f"{beside} events that belong to it.",
        ),
        Said(
            f"开启的密封内容 {opened} 项，均与当时的承诺值相符；已删除 {erased} 项（[erased]）。",
            f"{opened} sealed texts are shown and are those committed to; {erased} are [erased].",
        ),
    ]
    for each in dossier.checkpoints:
        token = dossier.files.get(f"checkpoints/{each.size}.tsr")
        stamped = stamped_at(token, each.content) if token else None
        if stamped:
            when = f"{stamped:%Y-%m-%dT%H:%M:%SZ}"
            said.append(
                Said(
                    f"第 {each.size} 条检查点附有时间戳（RFC 3161），自称 {when}，由谁签发未查。",
                    f"Beside the checkpoint of {each.size} events stands a time stamp (RFC 3161) that says {when}; "
                    "who issued it is not checked here.",
                )
            )
    return said


def _earlier(dossier: Dossier) -> list[Said]:
    """That a loss was accepted, and which checkpoints are older; like the manifest, the office's own statement."""
    names = [str(each) for each in dossier.manifest["log"].get("earlier", [])]
    if not names:
        return []
    old = [each.size for each in dossier.checkpoints if each.note.text.partition("\n")[0] != dossier.key.name]
    sizes = "、".join(map(str, old)) or "无"
    return [
        Said(
            f"本日志曾回退，经人确认遗失后改用现公钥；此前的公钥：{'、'.join(names)}。此前签名的检查点：{sizes}。",
            "The log was put back once, and goes on under the present key by a person's word, on record in it; keys of "
            f"before: {', '.join(names)}. Checkpoints of before: {', '.join(map(str, old)) or 'none'}. "
            "What was signed then and is lost is in no dossier.",
        )
    ]


def _remarks(dossier: Dossier, pinned: Key | None) -> list[Said]:
    said = list(dossier.remarks)
    if pinned is None:
        said.append(
            Said(
                f"公钥取自卷宗本身，请与别处取得的核对，或用 --key：{dossier.key}",
                f"The key is the dossier's own: compare it with one got elsewhere, or use --key: {dossier.key}",
            )
        )
    said.append(
        Said(
            "检查点的时间是日志自己的时钟；证人会签和时间戳才是外人的时间。",
            "A checkpoint's time is the log's own word; a witness's cosignature or a time stamp is somebody else's.",
        )
    )
    said.append(
        Said(
            "“无一缺漏”由各流版本图证明，该图须有全部记录才能重算，外人只有日志密钥持有者的签名为凭。",
            "“None missing” is shown by the map of heads; only who has the whole log can count it again: for others "
            "it is the word of who holds the log's key.",
        )
    )
    if any(name.endswith(".tsr") for name in dossier.files):
        said.append(
            Said(
                "时间戳由谁签发，本程序不查：openssl ts -verify -data N.note -in N.tsr -CAfile ROOT",
                "Whose stamps they are is not looked at here: openssl ts -verify -data N.note -in N.tsr -CAfile ROOT",
            )
        )
    if "report.pdf" in dossier.files:
        said.append(
            Said(
                "report.pdf 只核对了签名，未与事件逐条核对；两者不一时以本结果为准。",
                "report.pdf is the one that was signed, but was not read: where it says something else, this counts.",
            )
        )
    times = [each.at for each in dossier.checkpoints]
    if times != sorted(times):
        said.append(Said("检查点的时间有倒退。", "The times of the checkpoints do not rise: a clock was set back."))
    try:
        with open(__file__, "rb") as own:
            if own.read() != dossier.files["verify.py"]:
                said.append(
                    Said(
                        "正在使用的 verify.py 与卷宗所附的不同。",
                        "The verify.py that runs is not the one in the dossier.",
                    )
                )
    except OSError:
        pass
    return said


def _entered_late(dossier: Dossier) -> list[Said]:
    """Every entry of the petition that was written more than an hour after it says it counts."""
    zone = dossier.books[str(dossier.petition[0].body["rulebook"])].zone
    return [
        Said(
            f"第 {event.version} 条事件（{done(event).zh}）记为 {shown(event.at, zone)}，"
            f"{shown(event.recorded, zone)} 才登记，晚{length(late_by(event)).zh}。",
            f"Event {event.version} (“{done(event).en}”) of {shown(event.at, zone)} was entered "
            f"{shown(event.recorded, zone)}, {length(late_by(event)).en} later.",
        )
        for event in dossier.petition
        if late_by(event) > LATE_ENTRY
    ]


def _rules_in_force(dossier: Dossier, outside: list[Event]) -> list[Said]:
    """Which rulebooks were used, since when each was in force, and events decided under another than that in force."""
    adopted = adoptions(dossier)
    said = []
    used = {str(event.body["rulebook"]): event for event in reversed(dossier.petition)}
    for name in sorted(used, key=lambda name: used[name].version):
        days = [
            f"{event.body['effective_from']} (#{event.position})" for event in adopted if event.body["rulebook"] == name
        ]
        zh, en = "日志中没有采用记录。", "never adopted here."
        if days:
            zh, en = f"施行于 {'、'.join(days)}。", f"in force from {', '.join(days)}."
        elif dossier.books[name].id != dossier.town:
            zh = f"属另一地方（{dossier.books[name].id}），本日志为 {dossier.key.name}。"
            en = f"of {dossier.books[name].id}, another town's: the log is {dossier.key.name}."
        said.append(Said(f"规则库 {name[:19]}…：{zh}", f"Rulebook {name[:19]}…: {en}"))
    said += [
        Said(
            f"第 {event.version} 条事件依据的不是当时施行的规则库。",
            f"Event {event.version} was decided under a rulebook that was not the one in force then.",
        )
        for event in outside
    ]
    return said


# ---------------------------------------------------------------- program.py
# The command `python verify.py FILE.zip`: its options, and its result as text or JSON.

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
