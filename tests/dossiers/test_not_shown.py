"""What a dossier does not show is counted and said, to the court too; what is called erased is so on record."""

import json
from typing import Any

import psycopg
import pytest

from aggregates.petition import commands as c
from evidence.dossiers import verify
from evidence.dossiers.redaction import Reader
from tests.aggregates.office import say
from tests.dossiers.story import Story, short_story
from tests.dossiers.test_altered import Files, dump, signed
from tests.dossiers.test_readers import paper
from tests.erasure.conftest import Place


@pytest.fixture
def story(place: Place) -> Story:
    return short_story(place, 1).orders()


def loses_the_key(place: Place, resident: str) -> None:
    """A key is gone and nobody knows of it: no erasure is on record."""
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM suqiu_keys.residents WHERE resident = %s", (resident,))


def remarks(verified: verify.Verified) -> str:
    return " ".join(each.en for each in verified.remarks)


def without(files: Files, stream: str, *, heads: bool = False) -> bytes:
    """The dossier without a stream, with its heads or not, its openings gone with it; signed by the office."""
    lines, proofs = files["events.jsonl"].splitlines(keepends=True), json.loads(files["proofs.json"])
    kept = [number for number, line in enumerate(lines) if json.loads(line)["stream"] != stream]
    assert len(kept) < len(lines)
    proofs["inclusion"] = [proofs["inclusion"][number] for number in kept]
    if not heads:
        proofs["heads"] = [each for each in proofs["heads"] if each["stream"] != stream]
    events = b"".join(lines[number] for number in kept)
    return signed({**files, "events.jsonl": events, "proofs.json": dump(proofs), "openings.jsonl": b""})


def test_to_the_court_too_what_no_key_opens_is_counted_and_said(place: Place, story: Story) -> None:
    whole = story.registry.dossier(story.petition, Reader.COURT, opened=True)
    assert (whole.sealed, whole.no_key) == (0, 0)
    assert "not opened here" not in remarks(verify.verify(whole.content))
    loses_the_key(place, story.resident)
    made = story.registry.dossier(story.petition, Reader.COURT, opened=True)
    assert made.no_key == made.sealed == whole.opened
    verified = verify.verify(made.content)
    assert f"{made.sealed} sealed texts are not opened here" in remarks(verified)
    assert "It was made for the court, which reads all of them" in remarks(verified)
    assert any("本应全部开启" in each.zh for each in verified.remarks)
    assert verify.as_json(verified)["shown"]["sealed"] == made.sealed
    assert f"{made.no_key}shouldbeandnokeyforthemishere" in paper(made)
    assert f"未开启{made.sealed}项" in paper(made)


@pytest.mark.parametrize("reader", [Reader.UNIT, Reader.RESIDENT, Reader.AUDITOR])
def test_what_others_do_not_read_is_counted_and_is_no_missing_key(story: Story, reader: Reader) -> None:
    made = story.registry.dossier(story.petition, reader, opened=reader is not Reader.AUDITOR)
    assert (made.no_key, made.sealed > 0) == (0, True)
    said = remarks(verify.verify(made.content))
    assert f"{made.sealed} sealed texts are not opened here" in said
    assert "made for the court" not in said
    assert f"{made.sealed}notopened" in paper(made)


def test_what_was_written_without_a_key_is_erased_only_if_an_erasure_is_on_record(place: Place, story: Story) -> None:
    loses_the_key(place, story.resident)
    story.does(say(c.Dispute, place.time, reason="没有密钥"))
    made = story.registry.dossier(story.petition, Reader.COURT, opened=True)
    assert made.erased == 0, "the office does not call it so"
    verify.verify(made.content)
    files = verify.unpacked(made.content)
    events = [json.loads(line) for line in files["events.jsonl"].splitlines()]
    places = [each["position"] for each in json.loads(files["proofs.json"])["inclusion"]]
    gone: list[dict[str, Any]] = [
        {"erased": True, "field": name, "position": position}
        for position, event in zip(places, events, strict=True)
        for name, value in event["body"].items()
        if isinstance(value, dict) and value.get("key") == ""
    ]
    assert gone
    forged = files["openings.jsonl"] + b"".join(dump(each) for each in gone)
    with pytest.raises(verify.Wrong, match="is called erased, but no erasure before it is on record"):
        verify.verify(signed({**files, "openings.jsonl": forged}))


def test_what_was_written_after_an_erasure_is_erased(place: Place, story: Story) -> None:
    place.erases(story.resident)
    story.does(say(c.Dispute, place.time, reason="删除之后写的"))
    made = story.registry.dossier(story.petition, Reader.COURT, opened=True)
    assert (made.sealed, made.erased > 5) == (0, True)
    assert verify.as_json(verify.verify(made.content))["shown"]["erased"] == made.erased


def test_a_text_kept_beyond_its_erasure_is_told(place: Place, story: Story) -> None:
    """Whoever shows it kept the text and its salt, or the key."""
    before = verify.unpacked(story.registry.dossier(story.petition, Reader.COURT, opened=True).content)
    place.erases(story.resident)
    made = story.registry.dossier(story.petition, Reader.COURT, opened=True)
    assert made.opened == 0
    kept = before["openings.jsonl"].splitlines(keepends=True)
    forged = signed({**verify.unpacked(made.content), "openings.jsonl": b"".join(kept)})
    assert f"Of {len(kept)} of the texts shown the key is on record as destroyed" in remarks(verify.verify(forged))


def test_that_no_erasure_was_left_out_is_shown_or_said_not_to_be(place: Place, story: Story) -> None:
    content = story.registry.dossier(story.petition).content
    shown = "it is shown that none of its 1 residents' was left out"
    assert shown in remarks(verify.verify(content)), "there is none, and that is proven"
    place.erases(story.resident)
    made = story.registry.dossier(story.petition)
    files = verify.unpacked(made.content)
    assert "1 erasures come with it" in remarks(verify.verify(made.content))
    assert shown in remarks(verify.verify(made.content))
    with pytest.raises(verify.Wrong, match="An event was left out"):
        verify.verify(without(files, f"erasure-{story.resident}", heads=True))
    said = remarks(verify.verify(without(files, f"erasure-{story.resident}")))
    assert "for 1 of 1 residents nothing shows that none was left out" in said


def test_that_no_order_was_left_out_is_said_to_be_the_offices_word(story: Story) -> None:
    made = story.registry.dossier(story.petition)
    words = "service orders come with it; that there are no others is the office's word alone"
    assert f"1 {words}" in remarks(verify.verify(made.content))
    assert "Serviceorderswithit:1,thattherearenoothersistheoffice'sword" in paper(made).replace("’", "'")
    left_out = without(verify.unpacked(made.content), story.order)
    assert f"0 {words}" in remarks(verify.verify(left_out))
