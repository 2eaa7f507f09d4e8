"""Every event is told of or named with the reason why not; both languages render; what is wrong is named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregates.messages.telling import Contact, Draft, Happened, contacts_of, personal_texts, tell, usable, voice_of
from aggregates.petition.events import EVENTS
from aggregates.petition.state import Petition, evolve
from aggregates.record import Recorded
from office.rules.rulebooks import STANDARD, messages_file, read_messages
from rulebook.messages import parse_messages, unheard
from rulebook.problems import Problem, RulebookError
from tests.eventstore.examples import EXAMPLES
from tests.projections.town import TOWN
from tests.rulebook.books import baiyang

BOOK = read_messages(STANDARD)
TEXT = STANDARD.read_text("utf-8")
AT = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
STREAM = "p-0123456789abcdef0123456789abcdef"
OPENED = "说给居民的话"


def told(records: list[Recorded], version: int) -> list[Draft]:
    """What a version of a petition leads to."""
    before = Petition(id=records[0].stream)
    for record in records[: version - 1]:
        before = evolve(before, record.event)
    record = records[version - 1]
    texts = dict.fromkeys(personal_texts(BOOK, record.event), OPENED)
    happened = Happened(record, before, evolve(before, record.event), contacts_of(records[:version]), texts)
    return tell(happened, voice_of(BOOK, baiyang()))


def stories() -> dict[str, list[Recorded]]:
    """Every petition of the small town, record by record."""
    found: dict[str, list[Recorded]] = {}
    for record in TOWN.records():
        found.setdefault(record.stream, []).append(record)
    return found


def whole_town() -> list[tuple[Recorded, Draft]]:
    """Every message the small town leads to."""
    return [
        (record, draft)
        for records in stories().values()
        for record in records
        for draft in told(records, record.version)
    ]


def test_every_event_of_a_petition_has_a_template_or_a_reason_why_nobody_is_told() -> None:
    assert unheard(BOOK, [kind.TOPIC for kind in EVENTS]) == []


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.TOPIC)
def test_every_template_renders_its_event_in_both_languages(kind: type) -> None:
    (example,) = (example for example in EXAMPLES if type(example) is kind)
    state = Petition(id=STREAM, receipt="SQ-0123-4567-89AB-CDEFG", resident="r-1", unit="window", category="legal")
    record = Recorded(1, STREAM, 1, AT, "c", example)
    for template in BOOK.of(kind.TOPIC):
        fields = {name: getattr(example, name) for name in kind.model_fields}
        loose = template.model_copy(update={"when": {}, "unless": {}, "to": "resident"})
        book = BOOK.model_copy(update={"templates": (loose,)})
        contact = contacts_of([Recorded(1, STREAM, 1, AT, "c", EXAMPLES[0])])
        texts = dict.fromkeys(personal_texts(book, example), OPENED)
        after = state.model_copy(update={"receipt": fields.get("receipt", state.receipt)})
        (draft,) = tell(Happened(record, state, after, contact, texts), voice_of(book, baiyang()))
        for text in (draft.zh, draft.en):
            assert "SQ-0123-4567-89AB-CDEFG" in text
            assert "$" not in text
            assert "None" not in text
            assert "datetime" not in text
        assert not draft.zh.isascii()


def test_a_resident_hears_at_each_step_of_a_whole_life() -> None:
    records = stories()["closed"]
    heard = [
        draft.template.id for record in records for draft in told(records, record.version) if draft.to == "resident"
    ]
    assert heard == ["received", "dispatched", "replied", "asked", "closed"]


def test_the_reply_is_told_in_its_own_words_and_to_the_resident_alone() -> None:
    records = stories()["closed"]
    drafts = [draft for record in records for draft in told(records, record.version)]
    assert [draft.to for draft in drafts if OPENED in draft.zh] == ["resident"]


def test_units_hear_of_what_they_get_are_late_with_and_lose() -> None:
    heard = {draft.template.id for _, draft in whole_town() if draft.to != "resident"}
    assert heard >= {
        "unit-dispatched",
        "unit-transferred",
        "unit-reminded",
        "lead-reminded",
        "unit-escalated",
        "lead-escalated",
        "unit-escalated-below",
        "unit-disputed",
        "lead-disputed",
        "unit-withdrawn",
    }
    for record, draft in whole_town():
        if draft.to != "resident":
            assert OPENED not in draft.zh + draft.en, record.event.TOPIC
            assert draft.unit is not None


def test_what_the_classifier_decides_is_not_told_and_what_a_person_decides_is() -> None:
    records = stories()
    told_of = {
        petition: [draft.template.id for record in story for draft in told(story, record.version)]
        for petition, story in records.items()
    }
    assert "triaged" not in told_of["dispatched"]
    assert "triaged" in told_of["transferred"]


def test_ids_of_messages_are_the_same_at_every_try_and_of_their_own() -> None:
    ids = [draft.message for _, draft in whole_town()]
    assert ids == [draft.message for _, draft in whole_town()]
    assert len(set(ids)) == len(ids)


def refusal(old: str, new: str) -> Problem:
    """What is said of the file with one change."""
    assert TEXT.count(old) >= 1
    with pytest.raises(RulebookError) as refused:
        parse_messages("messages.yaml", TEXT.replace(old, new, 1), usable())
    return refused.value.problems[0]


@pytest.mark.parametrize(
    ("old", "new", "path", "expected", "found"),
    [
        ("凭编号可随时", "凭${numer}可随时", "templates[0].zh", "one of ", "${numer}"),
        ("受理编号${receipt}。", "。", "templates[0].zh", "${receipt}, in both languages", "nothing of it"),
        ("First deadline: ${due_at}.", "", "templates[0].en", "${due_at}, in both languages", "nothing of it"),
        ("查询进度", "查询$进度", "templates[0].zh", "placeholders as ${receipt}", "a lone $"),
        ("on: petition.received", "on: petition.recieved", "templates[0].on", "one of petition", "'petition.recieved'"),
        ("id: triaged", "id: received", "templates[1].id", "an id of its own", "'received'"),
        ("when: { basis:", "when: { bases:", "templates[1].when.bases", "one of", "'bases'"),
        ("petition.confirmed: the", "petition.replied: the", "nobody.petition.replied", "no event a template", "'pet"),
        ("petition.confirmed: the", "petition.konfirmed: the", "nobody.petition.konfirmed", "one of", "'petition.k"),
        ("tries: 12", "tries: many", "delivery.tries", "", "'many'"),
        ("    version: 1\n", "", "templates[0].version", "", ""),
        ("居民对${receipt}的", "居民对${receipt}${reason}的", "templates[", "one of", "${reason}"),
    ],
)
def test_what_is_wrong_is_named_with_file_path_and_expectation(
    old: str, new: str, path: str, expected: str, found: str
) -> None:
    problem = refusal(old, new)
    assert problem.file == "messages.yaml"
    assert problem.path.startswith(path)
    assert expected in problem.expected
    assert problem.found.startswith(found)


def test_a_town_brings_words_of_its_own(tmp_path: Path) -> None:
    assert messages_file(tmp_path / "rulebook.yaml") == STANDARD
    own = tmp_path / "messages.yaml"
    own.write_text(TEXT.replace("您的诉求已受理", "村委会收到了您的诉求"), "utf-8")
    assert messages_file(tmp_path / "rulebook.yaml") == messages_file(tmp_path) == own
    assert read_messages(own).templates[0].zh.startswith("村委会")


def rendered(**changed: object) -> dict[str, dict[str, str]]:
    """By event, what is said of its canonical example; `changed` fields of it differ where it has them."""
    said: dict[str, dict[str, str]] = {}
    for example in EXAMPLES:
        if type(example) not in EVENTS:
            continue
        event = example.model_copy(update={k: v for k, v in changed.items() if k in type(example).model_fields})
        before = Petition(id=STREAM, receipt="SQ-0123-4567-89AB-CDEFG", unit="window", resident="r-1")
        texts = dict.fromkeys(personal_texts(BOOK, event), OPENED)
        record = Recorded(1, STREAM, 1, AT, "c-1", event)
        happened = Happened(record, before, before, (Contact("r-1", "phone"),), texts)
        said[event.TOPIC] = {draft.template.id: draft.zh for draft in tell(happened, voice_of(BOOK, baiyang()))}
    return said


def test_who_rises_to_the_leader_is_told_no_deadline_that_is_over() -> None:
    risen = rendered(to_tier=None)["petition.escalated"]
    assert {"escalated-to-leader", "unit-escalated-to-leader"} <= risen.keys()
    assert not {"escalated", "unit-escalated", "lead-escalated"} & risen.keys()
    assert "时限：" not in risen["escalated-to-leader"]


def test_a_reply_says_until_when_one_may_disagree_and_a_final_review_that_it_is_final() -> None:
    replied = rendered()["petition.replied"]["replied"]
    assert "2025年10月9日09:00前提出异议" in replied
    assert "2025年10月24日09:00前申请复查" in replied
    assert rendered(final=True, review_by=None)["petition.review_decided"].keys() == {"reviewed-finally"}
    assert rendered(outcome="revoked", review_by=None)["petition.review_decided"].keys() == {"reviewed-revoked"}
    assert "前申请复核" in rendered(final=False)["petition.review_decided"]["reviewed"]


def test_an_extension_of_another_clock_does_not_name_the_tier_s_deadline() -> None:
    said = rendered(clock="statutory_handle", approved=True)["petition.extension_decided"]
    assert "法定办理时限经批准延长" in said["extended-beside"]
    assert "extended" not in said


def test_what_waits_has_no_deadline_yet() -> None:
    assert "恢复办理后另行确定" in rendered()["petition.clocks_recomputed"]["recomputed"]


def test_no_template_names_the_office_of_one_town() -> None:
    for template in BOOK.templates:
        for word in ("社区", "白杨", "管理区", "街道", "community"):
            assert word not in template.zh + template.en, template.id
