"""What is proposed for what residents write, and what the clerk is told about why."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulebook.catalogue import Term
from rulebook.classification import Classifier, TermClassifier
from rulebook.proposal import Proposal
from rulebook.vocabulary import Vocabulary
from tests.rulebook.books import shipped, village

VILLAGE: Classifier = TermClassifier(village())
BAIYANG: Classifier = TermClassifier(shipped())
# All a reason may say besides words of the rulebook and numbers.
FORMS = [
    re.compile(r"命中词语：(?P<words>.+?)(等\d+个)?（(?P<name>[^（）]+) \d+\.\d）"),
    re.compile(r"对应事项：(?P<name>.+)"),
    re.compile(r"没有命中规则库中的词语"),
    re.compile(r"文字太短（\d+ 字），须人工确认"),
    re.compile(r"(?P<name>.+)须人工确认"),
    re.compile(r"把握不足 [01]\.\d\d < [01]\.\d\d"),
]


def test_a_known_matter_is_named_with_its_tier_and_the_words_that_led_there() -> None:
    assert VILLAGE.classify("路灯不亮", "三号楼门口的路灯不亮已经一个星期了") == Proposal(
        category="public_service",
        tier="ward",
        matter="lamp",
        confidence=0.83,
        needs_human=False,
        reasons=("命中词语：路灯不亮（公共服务类 6.0）", "对应事项：路灯维修"),
    )


def test_the_longest_word_counts_and_the_one_inside_it_does_not() -> None:
    found = VILLAGE.classify("", "这是一起合同纠纷，请问怎么处理")
    assert found.reasons[0] == "命中词语：合同纠纷（涉法涉诉类 3.5）"


def test_a_title_counts_more_than_the_text() -> None:
    assert VILLAGE.classify("路灯的问题", "一直没有低保").category == "public_service"
    assert VILLAGE.classify("低保的问题", "楼下没有路灯").category == "administrative"


def test_full_width_case_and_spaces_make_no_difference() -> None:
    spellings = [
        "楼道没有wifi信号",
        "楼道没有ＷＩＦＩ信号",
        "楼道没有 W i F i 信号",
        "楼道没有wi\u200bfi信号",
    ]
    assert len({VILLAGE.classify("", spelling) for spelling in spellings}) == 1
    assert VILLAGE.classify("", spellings[0]).reasons[0] == "命中词语：WiFi（公共服务类 2.0）"


def test_without_a_known_word_a_person_decides() -> None:
    assert VILLAGE.classify("你好", "请问这里有人吗，在不在") == Proposal(
        category="public_service",
        tier="ward",
        matter=None,
        confidence=0.0,
        needs_human=True,
        reasons=("没有命中规则库中的词语", "把握不足 0.00 < 0.60"),
    )


def test_a_text_too_short_is_for_a_person() -> None:
    found = VILLAGE.classify("", "路灯不亮。")
    assert found.needs_human
    assert found.reasons[-1] == "文字太短（5 字），须人工确认"


def test_law_and_unrest_are_for_a_person_however_sure() -> None:
    found = VILLAGE.classify("上访", "我要上访，我要上访，我要上访")
    assert (found.category, found.needs_human) == ("stability", True)
    assert "维稳信访类须人工确认" in found.reasons


def test_words_for_both_sides_lower_the_confidence() -> None:
    clear = VILLAGE.classify("", "门口的下水道从昨天起一直在冒水")
    mixed = VILLAGE.classify("", "门口的下水道从昨天起一直在冒水，我要起诉")
    assert clear.confidence > 0.5 > mixed.confidence
    assert mixed.needs_human
    assert any(reason.startswith("把握不足 0.") for reason in mixed.reasons)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("我父亲今年八十岁了，想办高龄津贴，需要带什么材料", "administrative"),
        ("孩子刚出生，想给孩子上户口，去哪里办理", "administrative"),
        ("我家刚出了事，生活困难，能不能申请临时救助", "administrative"),
        ("小区主下水道堵了，污水都漫到楼道里来了", "public_service"),
        ("楼下广场舞音响太吵，晚上十点还不停，影响孩子休息", "public_service"),
        ("小区里的路灯坏了好久，晚上一片漆黑", "public_service"),
        ("离婚以后孩子的抚养权怎么判，可以申请法律援助吗", "legal"),
        ("朋友借钱不还，只有借条，我可以去法院起诉吗", "legal"),
        ("我们几十户业主的房子烂尾三年了，多次上访没有结果", "stability"),
        ("征地补偿款被村干部截留，村民准备集体去信访局", "stability"),
    ],
)
def test_what_residents_of_baiyang_say(text: str, category: str) -> None:
    assert BAIYANG.classify("", text).category == category


def vocabulary() -> set[str]:
    return {word.text for word in Vocabulary(shipped()).words()}


def assert_only_the_rulebook_speaks(proposal: Proposal) -> None:
    words, book = vocabulary(), shipped()
    names = {category.name.zh for category in book.categories} | {matter.name.zh for matter in book.matters}
    for reason in proposal.reasons:
        form = next(match for pattern in FORMS if (match := pattern.fullmatch(reason)))
        said = form.groupdict()
        unknown = said.get("words") or ""
        for word in sorted(words, key=len, reverse=True):  # a word may hold a comma of its own
            unknown = unknown.replace(word, "")
        assert not unknown.strip("、"), reason
        assert said.get("name") in {None, *names}, reason


pieces = st.one_of(st.text(max_size=30), st.sampled_from(sorted(vocabulary())))
texts = st.lists(pieces, max_size=12).map("".join)


@settings(deadline=None)
@given(text=st.text("abc一二三", max_size=40), words=st.sets(st.text("abc一二三", min_size=1, max_size=4), max_size=12))
def test_words_are_found_from_the_left_the_longest_first_each_character_once(text: str, words: set[str]) -> None:
    book = village().model_copy(update={"matters": (), "terms": {"legal": [Term(term=w, weight=1) for w in words]}})
    found, position = set(), 0
    while position < len(text):
        longest = max((word for word in words if text.startswith(word, position)), key=len, default="")
        found |= {longest} - {""}
        position += len(longest) or 1
    assert set(Vocabulary(book).find(text)) == found


@settings(deadline=None)
@given(title=texts, text=texts)
def test_any_text_gets_a_proposal_and_no_reason_repeats_it(title: str, text: str) -> None:
    proposal, book = BAIYANG.classify(title, text), shipped()
    assert_only_the_rulebook_speaks(proposal)
    assert book.desk(proposal.category, proposal.tier)
    if proposal.matter:
        matter = book.matter(proposal.matter)
        assert (matter.category, matter.tier) == (proposal.category, proposal.tier)
    sure = proposal.confidence >= book.triage.confidence_line
    assert proposal.needs_human or (sure and not book.category(proposal.category).person_confirms)


@settings(deadline=None)
@given(name=st.sampled_from(["王某某", "13800138000", "110101199003077758", "幸福路8号"]), text=texts)
def test_who_and_where_never_show_in_a_reason(name: str, text: str) -> None:
    said = " ".join(BAIYANG.classify(name, f"{text}{name}").reasons)
    assert name not in said
