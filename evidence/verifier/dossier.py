"""The dossier: its manifest, checkpoints and events, each checked against what was signed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from evidence.verifier.book import Book
from evidence.verifier.limits import FORMAT, NEEDED, SHAPES, WITH_EARLIER_KEYS, Said, Wrong
from evidence.verifier.notes import Checkpoint, Key, read_checkpoint, read_key, read_note
from evidence.verifier.strict_json import Reader, canonical, hashes, instant, shape
from evidence.verifier.tree import Head, leaf_of, root_from_path


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
