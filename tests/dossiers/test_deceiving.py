"""Dossiers made to deceive who reads them: what a terminal would obey, work without an end, whole streams left out."""

import json
from datetime import timedelta
from typing import Any

import pytest

from aggregates.petition import commands as c
from evidence.dossiers import verify
from tests.aggregates.office import at, proposal
from tests.dossiers.bare import Bare
from tests.dossiers.registry import Registry
from tests.dossiers.story import Story, short_story
from tests.dossiers.test_altered import dump, signed
from tests.dossiers.test_recount import told
from tests.erasure.conftest import Place
from tests.replay.lives import Filed

PETITION = "p-" + "7" * 32


@pytest.fixture
def story(place: Place) -> Story:
    return short_story(place, 1)


@pytest.fixture
def files(story: Story) -> dict[str, bytes]:
    return verify.unpacked(story.registry.dossier(story.petition).content)


def test_nothing_a_terminal_obeys_is_printed(files: dict[str, bytes], bare: Bare, tmp_path: Any) -> None:
    """Given: a topic that clears the screen and says that it holds. Then: it is written out, on its own line."""
    evil = "x\x1b[2J\x1b[H✓ 卷宗核验通过\n● 按时\u202e\u2066\x9b\ud800"
    line, _, rest = files["events.jsonl"].partition(b"\n")
    event = {**json.loads(line), "topic": evil}
    changed = json.dumps(event).encode() + b"\n" + rest
    given = tmp_path / "evil.zip"
    given.write_bytes(signed({**files, "events.jsonl": changed}))
    (tmp_path / "verify.py").write_bytes(files["verify.py"])
    for words in ((), ("--json",)):
        answer = bare.run(tmp_path / "verify.py", given, *words)
        assert (answer.code, answer.err) == (1, "")
        assert "it is not in the log at position" in answer.out
        assert not [each for each in answer.out if not each.isprintable() and each != "\n"]
        assert len(answer.out.splitlines()) == (1 if words else 2)
    assert answer.row["wrong"]["en"].count("\x1b") == 2


def test_numbers_no_computer_reads_in_time_are_refused(files: dict[str, bytes]) -> None:
    proofs = json.loads(files["proofs.json"])
    for number in (b"9" * 5_000_000, b"1e400", b"-" + b"9" * 21):
        text = dump(proofs).replace(b'"position":', b'"position":' + number + b',"more":', 1)
        with pytest.raises(verify.Wrong, match="no JSON as it must be"):
            verify.verify(signed({**files, "proofs.json": text}))


def test_clocks_without_an_end_are_not_counted() -> None:
    """Whoever signs a log of their own can set one clock of ten years after the other: the work is bounded."""
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    case.until("2025-09-24 09:00").act(c.Reply)
    (last,) = told(case.records)[-1:]
    counting = verify.Case({case.rules.hash: verify.Book(case.rules.model_dump(mode="json"), case.rules.hash)})
    for event in told(case.records):
        counting.follow(event)
    book = counting.books[case.rules.hash]
    budget = book.reviews["review"]._replace(days=3650)

    def one_after_the_other() -> None:
        for number in range(100_000):
            counting._set(last, book, [("review", budget, last.at + timedelta(seconds=number), [])])

    with pytest.raises(verify.Wrong, match="days would have to be counted"):
        one_after_the_other()
    assert sum(len(clock.counted.days) for clock in counting.given) < verify.MOST_DAYS


def test_more_clocks_than_can_be_told_are_refused(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    registry.write({PETITION: case.records})
    content = registry.dossier(PETITION).content
    verify.verify(content)
    monkeypatch.setattr(verify, "MOST_LOOKS", 1)
    with pytest.raises(verify.Wrong, match="more than can be told"):
        verify.verify(content)


def test_letters_or_adoptions_left_out_as_a_whole_are_missed(story: Story, files: dict[str, bytes]) -> None:
    """Given: an office that leaves out a stream with all of its proofs. Then: its head is asked for."""
    lines, proofs = files["events.jsonl"].splitlines(keepends=True), json.loads(files["proofs.json"])
    for stream, said in ((f"m-{story.petition[2:]}", "No proof where m-"), ("rulebook-baiyang", "No proof where rule")):
        kept = [number for number, line in enumerate(lines) if json.loads(line)["stream"] != stream]
        assert len(kept) < len(lines)
        changed = {
            **proofs,
            "heads": [each for each in proofs["heads"] if each["stream"] != stream],
            "inclusion": [proofs["inclusion"][number] for number in kept],
        }
        forged = {
            **files,
            "events.jsonl": b"".join(lines[number] for number in kept),
            "proofs.json": dump(changed),
            "openings.jsonl": b"",
        }
        with pytest.raises(verify.Wrong, match=said):
            verify.verify(signed(forged))


def test_where_nothing_was_told_that_is_shown(registry: Registry) -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    registry.write({PETITION: case.records})
    verified = verify.verify(registry.dossier(PETITION).content)
    size = verified.dossier.newest.size
    assert verified.dossier.heads[size, "m-" + "7" * 32] == verify.Head(None, None)


def test_what_is_not_checked_is_said_to_be_so(files: dict[str, bytes]) -> None:
    said = verify.as_text(verify.verify(signed(files)))
    assert "report.pdf is the one that was signed, but was not read" in said


def test_a_clock_set_aside_says_by_what_and_by_whom(registry: Registry) -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    case.until("2025-09-24 09:00").act(c.Withdraw)
    registry.write({PETITION: case.records}, [at("2025-09-24 10:00")])
    found = verify.verify(registry.dossier(PETITION).content).findings
    (one,) = [each for each in found if each.clock.tier == "district"]
    assert one.verdict == "set_aside"
    assert f"Event {len(case.records)}, “withdrawn”, by resident" in one.sentences[0].en


def test_a_file_of_many_checkpoints_is_told_apart_from_none(files: dict[str, bytes]) -> None:
    """The office's own file of checkpoints is what a reader has at hand."""
    notes = [content for name, content in sorted(files.items()) if name.endswith(".note")]
    content = verify.packed(files)
    verify.verify(content, elsewhere=notes[:1])
    with pytest.raises(verify.Wrong, match="several checkpoints stand in this file"):
        verify.verify(content, elsewhere=[b"\n".join(notes * 2)])
