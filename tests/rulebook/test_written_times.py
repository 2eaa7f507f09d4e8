"""Times as people write them: what is plain is read, what was left out is said, what could be two days is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulebook.written_times import NotATime, written_day, written_time

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 26, 16, 0, tzinfo=ZONE)
NO_OFFSET = "no offset given; read as Asia/Shanghai time"


def local(text: str) -> datetime:
    """A time of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-25T09:05", "2026-11-25 09:05"),
        ("2026-11-25 9:05", "2026-11-25 09:05"),
        ("2026/11/25 9:05", "2026-11-25 09:05"),
        ("2026/1/5 9:05:07", "2026-01-05 09:05:07"),
        ("2026.11.25 09:05", "2026-11-25 09:05"),
        ("20261125 09:05", "2026-11-25 09:05"),
        ("２０２６－１１－２５　９：０５", "2026-11-25 09:05"),
        ("2026年11月25日 9:05", "2026-11-25 09:05"),
        ("2026年11月25日9点05分", "2026-11-25 09:05"),
        ("26年11月25日9时", "2026-11-25 09:00"),
        ("2026年 1 月 5 号 上午9点半", "2026-01-05 09:30"),
        ("2026/11/25 下午3:05", "2026-11-25 15:05"),
        ("2026/11/25 下午15:05", "2026-11-25 15:05"),
        ("2026/11/25 晚上8点一刻", "2026-11-25 20:15"),
        ("2026/11/25 晚上12点", "2026-11-26 00:00"),
        ("2026/11/25 凌晨12:30", "2026-11-25 00:30"),
        ("2026/11/25 中午1点", "2026-11-25 13:00"),
        ("2026-11-25 3:05 PM", "2026-11-25 15:05"),
        ("2026-11-25 12:05am", "2026-11-25 00:05"),
        ("2026-11-25 24:00", "2026-11-26 00:00"),
        ("昨天 9:05", "2026-11-25 09:05"),
        ("前天下午3点", "2026-11-24 15:00"),
        ("today 9:05", "2026-11-26 09:05"),
    ],
)
def test_what_is_written_in_one_way_only_is_read(text: str, meant: str) -> None:
    assert written_time(text, ZONE, NOW) == (local(meant), (NO_OFFSET,))


@pytest.mark.parametrize(
    ("text", "meant", "said"),
    [
        ("11/25 9:05", "2026-11-25 09:05", "no year given; read as 2026-11-25"),
        ("11月25日 9:05", "2026-11-25 09:05", "no year given; read as 2026-11-25"),
        ("12-31 9:05", "2025-12-31 09:05", "no year given; read as 2025-12-31"),
        ("2/29 9:05", "2024-02-29 09:05", "no year given; read as 2024-02-29"),
        ("9:05", "2026-11-26 09:05", "no day given; read as 2026-11-26"),
        ("下午3点", "2026-11-26 15:00", "no day given; read as 2026-11-26"),
        ("2026/11/25", "2026-11-25 00:00", "no time given; read as 00:00"),
        ("2026-11-25", "2026-11-25 00:00", "no time given; read as 00:00"),
        ("昨天", "2026-11-25 00:00", "no time given; read as 00:00"),
    ],
)
def test_what_was_left_out_is_filled_in_and_said(text: str, meant: str, said: str) -> None:
    read = written_time(text, ZONE, NOW)
    assert read.moment == local(meant)
    assert read.notes == (said, NO_OFFSET)


@pytest.mark.parametrize(
    "text", ["2026-11-25T01:05Z", "2026/11/25 1:05Z", "2026-11-25 9:05+08:00", "2026/11/25 09:05 +0800"]
)
def test_an_offset_that_is_written_counts(text: str) -> None:
    read = written_time(text, ZONE, NOW)
    assert read.moment == local("2026-11-25 09:05")
    assert NO_OFFSET not in read.notes
    assert bool(read.notes) is ("Z" in text)  # what it is here is said where that differs


@pytest.mark.parametrize(
    "text",
    [
        "05/06/2026 9:05",
        "25/11 9:05",
        "26/11/25 9:05",
        "2026-11/25 9:05",
        "11.25",
        "2026-02-29 9:05",
        "2/30 9:05",
        "2026-11-25 25:00",
        "2026-11-25 24:01",
        "2026-11-25 9:60",
        "2026-11-25 9",
        "2026-11-25 夜里3点",
        "2026-11-25 下午9点",
        "2026-11-25 上午9:05 pm",
        "2026-11-25 13:05 pm",
        "2026-11-25 9:05 左右",
        "1899-12-31 9:05",
        "0001-01-01T00:00",
        "9001/1/1 9:05",
        "soon",
        "",
        " ",
        "9",
        "45000",
    ],
)
def test_what_is_none_or_could_be_several_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(NotATime, match="expected a date and time, as 2025-10-09T10:00") as refused:
        written_time(text, ZONE, NOW)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("04-01", "2027-04-01"),
        ("12-01", "2026-12-01"),
        ("11-20", "2027-11-20"),
        ("02-29", "2028-02-29"),
        ("4月1日", "2027-04-01"),
        ("2027-03-05", "2027-03-05"),
        ("2027/3/5", "2027-03-05"),
        ("明天", "2026-11-21"),
    ],
)
def test_a_day_ahead_without_its_year_is_the_next_one(text: str, day: str) -> None:
    assert written_day(text, date(2026, 11, 20), "ahead").day == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["13-01", "04-31", "soon", "", "5/6/2026", "26-11-25", "2026-11-25 9:05"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(NotATime, match="expected a date, as 2026-03-01"):
        written_day(text, date(2026, 11, 20))


WAYS: tuple[Callable[[datetime], str], ...] = (
    lambda at: at.isoformat(),
    lambda at: f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02}:{at.second:02}",
    lambda at: f"{at.year}-{at.month}-{at.day} {at.hour}:{at.minute:02}:{at.second:02}",
    lambda at: f"{at.year}.{at.month:02}.{at.day:02} {at:%H:%M:%S}",
    lambda at: f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}",
    lambda at: f"{at:%Y%m%d} {at:%H:%M:%S}",
    lambda at: f"{at:%Y-%m-%d %I:%M:%S %p}",
    lambda at: f"{at.astimezone(UTC):%Y/%m/%d %H:%M:%S}Z",
)


@given(
    at=st.integers(0, int(local("8999-12-31").timestamp())).map(lambda at: datetime.fromtimestamp(at, ZONE)),
    way=st.sampled_from(WAYS),
)
def test_a_time_written_in_any_of_these_ways_is_that_time(at: datetime, way: Callable[[datetime], str]) -> None:
    assert written_time(way(at), ZONE, NOW).moment == at


@given(today=st.dates(date(1950, 1, 1), date(2999, 1, 1)), back=st.integers(0, 365 * 3), ahead=st.booleans())
def test_a_day_without_its_year_is_the_nearest_on_its_side(today: date, back: int, ahead: bool) -> None:
    day = today + timedelta(days=back if ahead else -back)
    read = written_day(f"{day.month}-{day.day}", today, "ahead" if ahead else "past").day
    assert (read.month, read.day) == (day.month, day.day)
    if ahead:
        assert today < read
        assert read <= day or day == today
    else:
        assert day <= read <= today


@given(text=st.text(max_size=30))
def test_any_text_is_a_time_or_a_sentence(text: str) -> None:
    refused: list[str] = []
    try:
        assert written_time(text, ZONE, NOW).moment.tzinfo == ZONE
    except NotATime as error:
        refused.append(str(error))
    assert all("expected a date and time" in each for each in refused)
