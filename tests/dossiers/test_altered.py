"""Whatever is altered in a dossier is refused with a reason: each bit, each file, each field, and the office's word."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from typing import Any

import pytest

from eventstore.proofs.notes import KeySigner, Note
from evidence.dossiers import verify
from evidence.dossiers.redaction import Reader
from machine.embedded_postgres import EmbeddedPostgres
from tests.dossiers.conftest import office_in
from tests.dossiers.registry import OTHER_SIGNER, SIGNER
from tests.dossiers.story import short_story, whole_story

Files = dict[str, bytes]
BULK = ("report.pdf", "verify.py", "README.txt", "rulebooks/", "proofs.json", "events.jsonl")
"""Files of which some bytes are tried, not each."""
STEP = 499


@pytest.fixture(scope="module")
def made(postgres: EmbeddedPostgres) -> Iterator[tuple[bytes, bytes]]:
    """A dossier for the court, and that of another petition of the same log."""
    with office_in(postgres, "altered") as place:
        one, two = whole_story(place), short_story(place, 2)
        one.registry.now = two.registry.now
        yield (
            one.registry.dossier(one.petition, Reader.COURT, opened=True).content,
            two.registry.dossier(two.petition, Reader.COURT, opened=True).content,
        )


@pytest.fixture(scope="module")
def content(made: tuple[bytes, bytes]) -> bytes:
    return made[0]


@pytest.fixture(scope="module")
def files(content: bytes) -> Files:
    return verify.unpacked(content)


def refused(content: bytes, what: object = "") -> verify.Said:
    """It is refused, in both languages. `what` was altered, for whoever reads that it is not."""
    try:
        verify.verify(content)
    except verify.Wrong as wrong:
        said = wrong.said
    else:
        pytest.fail(f"it verifies: {what}")
    assert said.zh
    assert said.en
    return said


def signed(files: Files, signer: KeySigner = SIGNER) -> bytes:
    """The files with a manifest that is right for them, signed by the log's own key, as the office could."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: {"sha256": sha256(content).hexdigest(), "size": len(content)}
        for name, content in files.items()
        if name not in ("manifest.json", "manifest.sig")
    }
    return sealed({**files, "manifest.json": json.dumps(manifest).encode()}, signer)


def sealed(files: Files, signer: KeySigner = SIGNER) -> bytes:
    """The files with their manifest signed as it stands."""
    petition = json.loads(files["manifest.json"])["petition"]
    text = f"{verify.FORMAT}\n{petition}\n{sha256(files['manifest.json']).hexdigest()}\n"
    return verify.packed({**files, "manifest.sig": str(Note(text).signed(signer)).encode()})


def test_the_dossier_and_the_ways_to_alter_it_are_sound(content: bytes, files: Files) -> None:
    verify.verify(content)
    assert verify.packed(files) == content
    verify.verify(signed(files))


def test_each_bit_of_the_zip_that_is_not_bulk_and_some_of_the_bulk(content: bytes, files: Files) -> None:
    tried = 0
    for name, begin, end in spans(content, files):
        for at in range(begin, end, STEP if name.startswith(BULK) else 1):
            altered = bytearray(content)
            altered[at] ^= 1 << (at % 8)
            refused(bytes(altered))
            tried += 1
    assert tried > 8_000


def spans(content: bytes, files: Files) -> Iterator[tuple[str, int, int]]:
    """Where each file's bytes stand, and what stands between them."""
    at = 0
    for name in sorted(files):
        begin = at + 30 + len(name)
        yield "", at, begin
        yield name, begin, begin + len(files[name])
        at = begin + len(files[name])
    yield "", at, len(content)


def test_cut_short_or_with_something_after_it(content: bytes) -> None:
    for length in [*range(200), *range(200, len(content), 4_999), len(content) - 1]:
        refused(content[:length])
    refused(content + b"\0")
    refused(b"\0" + content)
    refused(content + content)


def test_each_file_altered_in_a_zip_that_is_right(files: Files) -> None:
    for name, content in files.items():
        for at in {0, len(content) // 2, len(content) - 1}:
            altered = bytearray(content)
            altered[at] ^= 1
            said = refused(verify.packed({**files, name: bytes(altered)}))
            assert name.startswith("manifest") or name in said.en, name


def test_each_file_missing_or_added(files: Files) -> None:
    for name in files:
        left = {other: content for other, content in files.items() if other != name}
        assert name in refused(verify.packed(left)).en
        if not name.startswith("manifest") and name != "report.pdf":
            refused(signed(left))
    assert "added" in refused(verify.packed({**files, "checkpoints/999.note": files["manifest.sig"]})).en
    refused(signed({**files, "checkpoints/999.note": files["manifest.sig"]}))
    for name in ("extra.txt", "a/../verify.py", "/etc/passwd", "rulebooks/x.json", "checkpoints/0.note", "证据.txt"):
        assert "no dossier has" in refused(verify.packed({**files, name: b"x"})).en


def test_each_file_swapped_with_that_of_another_dossier(made: tuple[bytes, bytes], files: Files) -> None:
    other = verify.unpacked(made[1])
    for name in files:
        if name in other and other[name] != files[name]:
            refused(verify.packed({**files, name: other[name]}))
            if name not in ("manifest.json", "manifest.sig", "report.pdf"):
                refused(signed({**files, name: other[name]}))
    both = {"manifest.json": other["manifest.json"], "manifest.sig": other["manifest.sig"]}
    refused(verify.packed({**files, **both}))


def test_each_field_of_each_json_though_the_log_itself_signs_it(files: Files) -> None:
    files, tried = {name: each for name, each in files.items() if name != "report.pdf"}, 0
    for name in ("manifest.json", "proofs.json", "openings.jsonl", "events.jsonl"):
        lines = files[name].splitlines(keepends=True) if name.endswith("l") else [files[name]]
        known = set[tuple[Any, ...]]()
        for number, line in enumerate(lines):
            value = json.loads(line)
            for place, alter in scalars(value):
                kind = (value.get("topic"), *(each for each in place if isinstance(each, str)))
                if kind in known and (name == "events.jsonl" or "path" in place):
                    continue  # of proofs and events of one kind one is like the other
                known.add(kind)
                if name == "manifest.json" and place[0] in ("made_for", "files"):
                    continue  # for whom it is proves nothing and any word verifies; files: tried above
                for other in islice(alter(), 1 if name == "events.jsonl" else None):
                    text = b"".join([*lines[:number], dump(value), *lines[number + 1 :]])
                    changed = {**files, name: text}
                    told = (name, number, place, other, line[:400])
                    refused(sealed(changed) if name == "manifest.json" else signed(changed), told)
                    tried += 1
    assert tried > 500


def dump(value: Any) -> bytes:
    """A line of canonical JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def scalars(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Callable[[], Iterator[Any]]]]:
    """Every scalar of a value with a way to put others in its place, one after the other, and itself again."""
    entries = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, each in entries:
        if isinstance(each, (dict, list)):
            yield from scalars(each, (*place, key))
            continue

        def put(holder: Any = value, key: Any = key, was: Any = each) -> Iterator[Any]:
            try:
                for other in others(was):
                    holder[key] = other
                    yield other
            finally:
                holder[key] = was

        yield (*place, key), put


def others(was: Any) -> list[Any]:
    if isinstance(was, bool):
        return [not was]
    if isinstance(was, int):
        return [was + 1, str(was)]
    if isinstance(was, str):
        return [("b" if was[:1] == "a" else "a") + was[1:], was + "x", 7]
    return [0 if was is None else None]


def test_signed_by_another_key_it_is_of_another_log(content: bytes, files: Files) -> None:
    assert "not signed by" in refused(signed(files, OTHER_SIGNER)).en
    manifest = json.loads(files["manifest.json"])
    manifest["log"] = {"key": str(OTHER_SIGNER.verifier), "name": OTHER_SIGNER.verifier.name}
    forged = {**files, "manifest.json": json.dumps(manifest).encode()}
    assert "of another log" in refused(signed(forged, OTHER_SIGNER)).en
    key = verify.read_key(str(OTHER_SIGNER.verifier), "")
    with pytest.raises(verify.Wrong, match="another log or key"):
        verify.verify(content, key)


def test_the_last_events_left_out_with_all_their_proofs(files: Files) -> None:
    """Nothing but the map of heads can tell that a petition went on."""
    lines, proofs = files["events.jsonl"].splitlines(keepends=True), json.loads(files["proofs.json"])
    petition = json.loads(files["manifest.json"])["petition"]
    (last,) = [number for number, line in enumerate(lines) if json.loads(line)["stream"] == petition][-1:]
    openings = [
        line
        for line in files["openings.jsonl"].splitlines(keepends=True)
        if json.loads(line)["position"] != proofs["inclusion"][last]["position"]
    ]
    del lines[last], proofs["inclusion"][last]
    changed = {
        **files,
        "events.jsonl": b"".join(lines),
        "openings.jsonl": b"".join(openings),
        "proofs.json": dump(proofs),
    }
    assert "An event was left out" in refused(signed(changed)).en
