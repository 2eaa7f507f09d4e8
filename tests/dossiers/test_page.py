"""The page of a dossier: the same bytes from the same facts, what it says, and that nothing in it is a command."""

import hashlib
import os
import random
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from aggregates.erasures.events import ERASURE_EVENTS
from aggregates.orders.events import ORDER_EVENTS
from aggregates.petition import commands as c
from aggregates.record import Recorded
from evidence.dossiers.glyphs import printable
from evidence.dossiers.page import Page, report_pdf, report_pictures
from evidence.dossiers.page_contents import page_of
from tests.aggregates.office import at
from tests.dossiers.told import (
    LIVES,
    district,
    every_field,
    extended,
    kept,
    long,
    missed,
    paused,
    provisional,
    sealed,
    signed,
    squeezed,
    text_of,
    told,
)
from tests.eventstore.examples import CANARY, EXAMPLES
from tests.people import LEADER
from tests.replay.lives import Filed

ROOT = Path(__file__).parents[2]
MAKES = """
import hashlib, sys
from tests.dossiers.told import (LIVES, told)
from evidence.dossiers.page import report_pdf
from evidence.dossiers.page_contents import page_of
sys.stdout.write(hashlib.sha256(report_pdf(page_of(told(LIVES[sys.argv[1]]())))).hexdigest())
"""


def made(case: Filed, **values: object) -> str:
    """The text of a case's page, without gaps."""
    return text_of(report_pdf(page_of(told(case, **values))))  # type: ignore[arg-type]


def with_text(text: str) -> Filed:
    """A petition somebody wrote this in, and a reply that quotes it."""
    case = Filed().receive("2025-09-23 15:00", text=text).step().step().step()
    return case.act(c.Reply, text=text[:3_000])


class TestSameBytes:
    def test_two_processes_in_other_places_times_and_zones_make_the_same_page(self, tmp_path: Path) -> None:
        here = hashlib.sha256(report_pdf(page_of(told(extended())))).hexdigest()
        elsewhere = []
        for number, zone in enumerate(("America/St_Johns", "Pacific/Kiritimati")):
            folder = tmp_path / zone.replace("/", "-")
            folder.mkdir()
            around = os.environ | {
                "TZ": zone,
                "LC_ALL": ("C", "tr_TR.UTF-8")[number],
                "PYTHONHASHSEED": str(number + 1),
                "PYTHONPATH": str(ROOT),
                "SOURCE_DATE_EPOCH": str(number * 86_400),
                "HOME": str(folder),
                "TYPST_FONT_PATHS": str(folder),
            }
            ran = subprocess.run(
                [sys.executable, "-c", MAKES, "extended"], cwd=folder, env=around, capture_output=True, check=True
            )
            elsewhere.append(ran.stdout.decode())
            time.sleep(1.1)  # the next one is made in another second
        assert elsewhere == [here, here]

    def test_another_checkpoint_is_another_page(self) -> None:
        case = kept()
        one, other = (told(case, checkpoints=[signed(5, case.now + timedelta(minutes=each))]) for each in (1, 2))
        assert report_pdf(page_of(one)) != report_pdf(page_of(other))

    def test_a_page_is_data_and_comes_back_from_json(self) -> None:
        page = page_of(told(paused()))
        assert report_pdf(Page.model_validate_json(page.model_dump_json())) == report_pdf(page)


class TestForm:
    def test_it_is_an_archive_file_with_title_language_and_tags_and_the_checkpoints_time(self) -> None:
        reader = PdfReader(BytesIO(report_pdf(page_of(told(kept())))))
        root = reader.trailer["/Root"]
        about = root["/Metadata"].get_data().decode()
        assert "<pdfaid:part>2</pdfaid:part>" in about
        assert "<pdfaid:conformance>A</pdfaid:conformance>" in about
        assert "<pdfuaid:part>1</pdfuaid:part>" in about
        assert root["/Lang"] == "zh-CN"
        assert root["/MarkInfo"]["/Marked"]
        assert reader.metadata is not None
        assert "诉求卷宗" in str(reader.metadata.title)
        assert "SQ-0123-4567-89AB-CDEFG" in str(reader.metadata.title)
        assert reader.metadata.creation_date == at("2025-09-25 10:01")

    def test_each_sheet_has_its_number_and_the_receipt_and_long_tables_repeat_their_heads(self) -> None:
        sheets = [page.extract_text() for page in PdfReader(BytesIO(report_pdf(page_of(told(long()))))).pages]
        assert len(sheets) > 3
        for number, sheet in enumerate(sheets, 1):
            assert f"第 {number} 页，共 {len(sheets)} 页" in sheet
            assert "SQ-0123-4567-89AB-CDEFG" in sheet
        timeline = [sheet for sheet in sheets if "提醒督办领导 leader-1" in sheet]
        assert len(timeline) > 1
        assert all("经过 what happened" in sheet for sheet in timeline)

    def test_only_its_own_font_is_used_and_embedded(self) -> None:
        reader = PdfReader(BytesIO(report_pdf(page_of(told(kept())))))
        fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
        assert fonts
        assert all("NotoSans" in str(font["/BaseFont"]) for font in fonts)

    def test_it_can_be_looked_at(self) -> None:
        pictures = report_pictures(page_of(told(kept())), 40)
        assert [each[:8] for each in pictures] == [b"\x89PNG\r\n\x1a\n"] * len(pictures)
        assert pictures


class TestSays:
    @pytest.mark.parametrize(
        ("life", "verdict", "due", "more"),
        [
            (kept, "按时：2025-09-25 10:00 在册办结", "期限 2025-09-26 17:30", "提前 1 天 7 小时 30 分钟"),
            (missed, "超期：期限 2025-09-26 17:30", "2025-09-28 10:00 才在册", "迟 1 天 16 小时 30 分钟"),
            (paused, "按时：2025-09-26 10:00 在册办结", "期限 2025-09-28 17:30", "等待居民补充材料"),
            (
                extended,
                "按时：2025-09-27 10:00 在册办结",
                "期限 2025-09-28 17:30",
                "领导 leader-1 于 2025-09-24 09:00 批准",
            ),
            (provisional, "未到期：期限 2027-01-04 17:30", "还有 5 天 2 小时 29 分钟", "期限暂定：日历尚未公布"),
        ],
    )
    def test_verdict_due_time_and_what_moved_it(
        self, life: Callable[[], Filed], verdict: str, due: str, more: str
    ) -> None:
        page = made(life())
        for said in (verdict, due, more):
            assert squeezed(said) in page

    def test_everything_that_happened_stands_in_order_with_who_and_by_which_rule(self) -> None:
        page = page_of(told(extended()))
        text = text_of(report_pdf(page))
        place = text.index("三、经过")
        for entry in page.timeline:
            place = text.index(squeezed(f"{entry.number}{entry.at}{entry.said.zh}"), place)
        assert "clock.district" in text
        assert "works-1" in text
        assert [entry.number for entry in page.timeline] == list(range(1, len(extended().records) + 1))

    def test_a_late_entry_shows_both_times_and_was_not_on_record(self) -> None:
        case = district().until("2025-09-26 17:29")
        case.now = at("2025-09-26 18:00")
        page = made(case.act(c.Reply, when="2025-09-26 17:10"))
        assert squeezed("2025-09-26 17:10登记 recorded 2025-09-26 18:00") in page
        assert "补录：" in page
        assert "按时：" not in page

    def test_days_are_listed_with_weekday_and_reason(self) -> None:
        page = made(kept())
        assert squeezed("2025-09-23 周二 Tue 不计 skipped 起始日不计") in page
        assert squeezed("2025-09-26 周五 Fri 第 3 天 day 3 工作日") in page

    def test_long_counts_are_a_calendar_with_every_day_of_them(self) -> None:
        page = page_of(told(long()))
        (handling,) = [each for each in page.clocks if each.name.zh == "法定办理"]
        text = text_of(report_pdf(page))
        assert len(handling.days) > 60
        for day in handling.days:
            mark = f"第{day.number}天" if day.counted else "不计"
            assert f"{day.date[5:]}{mark}{squeezed(day.why.zh)}" in text
        assert [day.number for day in handling.days if day.counted] == list(range(1, 61))

    def test_books_checkpoints_witnesses_files_and_how_to_check(self) -> None:
        facts = told(kept())
        page = text_of(report_pdf(page_of(facts)))
        assert f"pythonverify.pyDOSSIER.zip--key{facts.key}" in page
        assert facts.book.hash in page
        assert "witness-of-haizhou" in page
        assert "events.jsonl" in page
        assert squeezed("2025-09-25 10:01:00") in page

    def test_without_a_checkpoint_or_an_event_there_is_no_page(self) -> None:
        facts = told(kept())
        for lacking in (facts._replace(checkpoints=()), facts._replace(records=())):
            with pytest.raises(ValueError, match="expected at least one checkpoint and one event"):
                page_of(lacking)


class TestProves:
    def test_on_record_in_a_checkpoint_before_the_end(self) -> None:
        page = made(kept(), checkpoints=[signed(5, at("2025-09-25 10:05")), signed(5, at("2025-09-26 17:35"))])
        assert squeezed("检查点（2025-09-25 10:05，5 条）在到期之前签署，已含办结记录 #5") in page

    def test_not_on_record_in_a_checkpoint_after_the_end(self) -> None:
        page = made(missed(), checkpoints=[signed(7, at("2025-09-26 17:31")), signed(8, at("2025-09-28 10:01"))])
        assert squeezed("检查点（2025-09-26 17:31，7 条）在到期之后签署，尚不含办结记录 #8") in page

    def test_between_two_checkpoints_only_the_recorded_time_says_when(self) -> None:
        page = made(kept(), checkpoints=[signed(4, at("2025-09-25 09:00")), signed(5, at("2025-09-26 17:30"))])
        said = "写于检查点（2025-09-25 09:00，4 条）之后、检查点（2025-09-26 17:30，5 条）之前"
        assert squeezed(said) in page
        assert squeezed("以登记时间 2025-09-25 10:00 为准") in page

    def test_a_checkpoint_of_the_very_second_of_the_end_is_none_before_it(self) -> None:
        page = made(kept(), checkpoints=[signed(5, at("2025-09-26 17:30"))])
        assert "在到期之前签署" not in page
        assert squeezed("写于检查点（2025-09-26 17:30，5 条）之前") in page

    def test_nothing_yet(self) -> None:
        case = district().until("2025-09-27 10:00")
        size = len(case.records)
        assert squeezed(f"检查点（2025-09-27 10:01，{size} 条）签署时，仍无办结记录") in made(case)


class TestPersonal:
    def test_opened_texts_stand_where_they_belong(self) -> None:
        page = made(kept())
        for text in ("三号楼前的路灯坏了一周。", "甲某", "+8613800000001", "路灯已经修好。", "便民维修记录第12号"):
            assert text in page
        assert "密封sealed" not in page

    @pytest.mark.parametrize("name", LIVES)
    def test_a_redacted_page_has_no_word_of_a_resident(self, name: str) -> None:
        case = LIVES[name]()
        texts = [squeezed(text) for _, text in every_field(case.records)]
        page = made(case, opened=False)
        assert len(texts) > 4
        assert [text for text in texts if text in page] == []
        assert "密封" in page

    def test_only_what_was_opened_stands_on_it(self) -> None:
        case = kept()
        facts = told(case)
        replied = case.records[-1]
        only = {place: text for place, text in facts.opened.items() if place[1] == replied.version}
        page = text_of(report_pdf(page_of(facts._replace(opened=only))))
        assert "路灯已经修好。" in page
        assert "甲某" not in page
        assert "本卷宗未开启" in page

    def test_erased_is_said_and_nothing_else(self) -> None:
        case = kept()
        page = made(case, erased=True, opened=False)
        assert "[erased]诉求内容与个人信息已依规删除" in page
        assert squeezed("正文 text：[erased]") in page
        assert [text for _, text in every_field(case.records) if squeezed(text) in page] == []

    def test_what_never_had_a_key_is_not_called_erased_where_no_erasure_is_on_record(self) -> None:
        facts = told(kept(), opened=False)
        gone = facts._replace(records=[sealed(record, key="") for record in kept().records])
        said = text_of(report_pdf(page_of(gone)))
        assert "[erased]" not in said
        assert "诉求内容与个人信息密封" in said


HOSTILE = {
    "import": '#import "@preview/cetz:0.3.0": *',
    "read": '#read("/etc/passwd") #sys.inputs #panic("x") #eval("1+1")',
    "markup": "= 标题 *粗* _斜_ `代码` $x^2$ <label> @ref // 注 /* 注 */ - 项 + 项 / 项: 值 ~ --- ...",
    "brackets": "]]]})} #[ #{ \\] \\u{1F600} \\n \\\\ \" ' '' \"\" `` ```",
    "json": '{"page": "\\u0000", "a": [1, 2]} ", "zh": "',
    "very long word": "A" * 5_000,
    "very long line of stops": "。" * 2_000,
    "very long address": "https://office.example/" + "x" * 900 + "?" + "y=" * 400,
    "very many lines": "字\n" * 4_000,
    "ten thousand characters": "三号楼前的路灯坏了一周，晚上看不清路。" * 527,
}


def beside(prefix: str, stream: str) -> list[Recorded]:
    """One of each event whose topic begins so, as a stream beside the petition's."""
    events = [event for event in EXAMPLES if event.TOPIC.startswith(prefix)]
    return [
        Recorded(90 + number, stream, number, event.at, "command:90", event) for number, event in enumerate(events, 1)
    ]


@pytest.mark.parametrize("name", LIVES)
def test_nobody_of_the_staff_is_named_only_their_ids(name: str) -> None:
    facts = told(LIVES[name]())
    page = text_of(report_pdf(page_of(facts)))
    assert [person.name for person in facts.book.staff if person.name in page] == []


class TestBeside:
    def test_orders_messages_and_an_erasure_stand_on_it_with_every_event_there_can_be(self) -> None:
        orders, messages, erasures = (
            beside("order.", "o-90"),
            beside("message.", "m-90"),
            beside("resident.", "erasure-9"),
        )
        page = page_of(told(kept())._replace(orders=[orders], messages=messages, erasures=erasures))
        assert [len(order.entries) for order in page.orders] == [len(ORDER_EVENTS)]
        assert [each.said.zh for each in page.erasures][:2] == ["居民申请删除个人信息", "申请删除个人信息（本人要求）"]
        assert len(page.erasures) == len(ERASURE_EVENTS)
        text = text_of(report_pdf(page))
        for entry in (*page.orders[0].entries, *page.messages, *page.erasures):
            assert squeezed(entry.said.zh) in text
        assert squeezed(CANARY) not in text

    @pytest.mark.parametrize(
        ("kept_until", "said"),
        [(1, "待发送"), (2, "已送达（"), (3, "未送达（")],
    )
    def test_a_message_says_what_became_of_it(self, kept_until: int, said: str) -> None:
        written, delivered, failed, _ = beside("message.", "m-90")
        messages = [[written], [written, delivered], [written, failed]][kept_until - 1]
        page = text_of(report_pdf(page_of(told(kept())._replace(messages=messages))))
        assert squeezed(f"致居民：答复，{said}") in page
        assert squeezed("replied v1") in page, "the template stands where others have their rule"

    def test_what_was_opened_of_a_message_stands_beside_it(self) -> None:
        messages = beside("message.", "m-90")[:1]
        opened = {("m-90", 1, "zh"): "您的诉求已答复。"}
        page = text_of(report_pdf(page_of(told(kept(), opened=False)._replace(messages=messages, opened=opened))))
        assert "中文Chinese：您的诉求已答复。" in page


EDGES = re.compile(r"诉求卷宗 Petition dossier\s*SQ-[-A-Z0-9]+\n|SQ-[-A-Z0-9]+ · .*? page \d+ of \d+")
"""What stands above and below each sheet."""


class TestInert:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_text_is_a_text(self, name: str) -> None:
        text = HOSTILE[name]
        pdf = report_pdf(page_of(told(with_text(text))))
        sheets = PdfReader(BytesIO(pdf)).pages
        said = squeezed("".join(EDGES.sub("", page.extract_text()) for page in sheets))
        wanted = squeezed("/".join(text.split("\n")[:-1]) if name == "very many lines" else text)
        assert wanted in said
        assert said.count(wanted[:40]) >= 2
        assert len(sheets) < 20
        assert max(len(line) for page in sheets for line in page.extract_text().split("\n")) < 200

    def test_what_the_font_has_not_and_what_hides_itself_is_written_by_its_number(self) -> None:
        text = "灯😀坏\u202e了\u200b一\x00周\x1b[31m。שלום مرحبا \ue000 a\u0301"
        page = made(with_text(text))
        for shown in ("灯[U+1F600]坏[U+202E]了[U+200B]一[U+0000]周[U+001B][31m。", "[U+05E9]", "[U+0645]"):
            assert shown in page
        assert "以其编号写出" in page
        assert "以其编号写出" not in made(kept())

    def test_whatever_is_written_by_itself_has_a_glyph(self) -> None:
        dice = random.Random(7)  # noqa: S311 - a generator of tests
        planes = [range(0x20, 0x3000), range(0x3000, 0xD800), range(0xE000, 0x20000), range(0x20000, 0x32000)]
        drawn = [chr(dice.choice(plane)) for plane in planes for _ in range(1_500)]
        shown = [each for each in drawn if printable(each) == each]
        assert len(shown) > 1_500
        assert report_pdf(page_of(told(with_text(" ".join(drawn)))))  # PDF/A refuses any character without a glyph

    def test_ordinary_writing_is_left_as_it_is(self) -> None:
        text = "诉求 龘 鬱 ①②③ ℃ ㎡ ㊣ Ａ１ “引号”——……《书》 Übung Ελλας Кириллица 한글 かな\n第二行"
        assert printable(text) == text
        assert printable("半\ud800个") == "半[U+D800]个"
        assert printable("一\t二\r\n三\r四") == "一    二\n三\n四"
        assert all(printable(chr(code)) == chr(code) for code in range(0x4E00, 0x9FA6))
        assert unicodedata.category("\u00ad") == "Cf"
        assert printable("软\u00ad连") == "软[U+00AD]连"


def test_a_decision_of_somebody_else_is_named_beside_who_asked() -> None:
    case = district().until("2025-09-24 09:00").act(c.RequestExtension, days=2)
    page = made(case.act(c.DecideExtension, LEADER, approved=False).until("2025-09-25 09:00"))
    asked = squeezed("承办人员 works-1 于 2025-09-24 09:00 申请 2 天")
    assert f"{asked}，{squeezed('领导 leader-1 于 2025-09-24 09:00 不批准')}" in page
