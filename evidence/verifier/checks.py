"""Checks that the parts of a dossier belong together and to one log, and that no event was left out."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from evidence.verifier.book import Book
from evidence.verifier.completeness import check_erased
from evidence.verifier.dossier import Dossier, Event, read_checkpoints, read_events, read_manifest
from evidence.verifier.limits import Wrong
from evidence.verifier.notes import Key, read_key
from evidence.verifier.strict_json import Reader, decode, hashes, instant, shape
from evidence.verifier.times import check_stamps
from evidence.verifier.tree import Head, continues, read_head
from evidence.verifier.zip_file import unpacked


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
