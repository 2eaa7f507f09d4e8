"""A figure of Baiyang's clocks that a page or a story's title quotes is the rulebook's; a stale one names its line."""

import re
from pathlib import Path

import pytest

from rulebook.promises import ClockRule
from tests.rulebook.books import shipped

ROOT = Path(__file__).parents[2]
WORDS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ZH = ("", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")
STORIES = "rulebook/baiyang/scenarios/categories.yaml"
QUOTED = [
    ("README.md", "when a deadline ({community} / {district} / {beyond}) passes"),
    ("README.zh.md", "时限（{community:zh} / {district:zh} / {beyond:zh}）一过"),
    ("docs/domain-words.md", "| 社区 | can be settled here, the {community} |"),
    ("docs/domain-words.md", "the community carries it there: {district} |"),
    ("docs/domain-words.md", "the community keeps after them: {beyond} |"),
    ("docs/first-morning.md", "The district's {district:words} are `tiers`"),
    ("docs/practices.md", "| the window, full proxy | the {community} |"),
    ("docs/practices.md", "| the service station carries it | {district} |"),
    ("docs/practices.md", "| staff follow it all the way | {beyond} |"),
    ("docs/practices.md", "to the legal-aid centre | the {hand_over}; answer {district}; beyond {beyond:number} |"),
    ("docs/practices.md", "to the petition centre | the {hand_over}; {district}; beyond {beyond:number}; statutory"),
    ("docs/practices.md", "| applied for by the community, in their hands the same day | the {community} |"),
    ("docs/practices.md", "| the city replaced the pipe on day 5 | {beyond} |"),
    (STORIES, '由服务站代办{district:zh_words}, en: "Matters of the district are carried there in {district:words}"'),
    (
        STORIES,
        '区外事项{beyond:zh_words}内有答复, en: "What lies beyond the district is answered within {beyond:words}"',
    ),
    (STORIES, '法律援助中心{district:zh_words}内答复, en: "The legal-aid centre answers within {district:words}"'),
]
"""Page, and the words around the figure. A sentence that is written anew is written anew here."""


class Figure:
    """Days as pages say them: `3 days`, `three days` (words), `3` (number), `3 日` (zh), `三天` (zh_words)."""

    def __init__(self, rule: ClockRule) -> None:
        self.rule = rule

    def __format__(self, form: str) -> str:
        days = self.rule.days
        if days is None:
            return "当日" if form.startswith("zh") else "same day"
        spelled = days < len(WORDS)
        working = self.rule.counting == "working"
        match form:
            case "number":
                return str(days)
            case "zh":
                return f"{days} {'个工作日' if working else '日'}"
            case "zh_words":
                return f"{ZH[days] if spelled else days}{'个工作日' if working else '天'}"
        number = WORDS[days] if form == "words" and spelled else str(days)
        return f"{number} {'working ' if working else ''}{'day' if days == 1 else 'days'}"


@pytest.mark.parametrize(("page", "sentence"), QUOTED)
def test_a_quoted_figure_is_the_rulebook_s(page: str, sentence: str) -> None:
    book = shipped()
    rules = {tier.id: Figure(tier.clock) for tier in book.tiers} | {each.name: Figure(each) for each in book.clocks}
    told = sentence.format(**rules)
    around = ".+?".join(re.escape(part) for part in re.split(r"\{[^}]*\}", sentence))
    lines = (ROOT / page).read_text("utf-8").splitlines()
    quoting = [number for number, line in enumerate(lines, 1) if re.search(around, line)]
    assert len(quoting) == 1, f"{page}: “{sentence}” stands there once, or is taken off this list"
    assert told in lines[quoting[0] - 1], f"{page}:{quoting[0]}: the rulebook says “{told}”"
