"""What a rulebook says about time: office hours, promises, rosters, holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evidence.verifier.limits import LATE_ENTRY, LONGEST_CLOCK, Said, Wrong

WORKING = Said("工作日", "working day")
WEEKEND = Said("周末", "weekend")
ROSTER = Said("值班窗口，天天开门", "duty roster: open every day")


class Budget(NamedTuple):
    """A promised time: so many calendar or working days, or the same day; and the rule's id."""

    rule: str
    kind: str
    days: int | None
    counting: str
    pausable: bool
    keep: bool
    extend: int | None


class Book:
    """What a rulebook says about time: office hours, promises, rosters, holidays."""

    def __init__(self, value: Any, name: str) -> None:
        """Read a rulebook's canonical JSON.

        Raises:
            Wrong: it does not have the known shape.
        """
        self.name = name
        try:
            self.id = str(value["id"])
            self.zone = zone_of(str(value["time_zone"]))
            hours = value["office_hours"]
            self.opens = time.fromisoformat(hours["opens"])
            self.closes, self.cutoff = time.fromisoformat(hours["closes"]), time.fromisoformat(hours["same_day_cutoff"])
            self.tiers = {str(each["id"]): _budget(each["clock"]) for each in value["tiers"]}
            self.names = {str(each["id"]): Said(each["name"]["zh"], each["name"]["en"]) for each in value["tiers"]}
            self.names.update(
                {str(each["id"]): Said(each["name"]["zh"], each["name"]["en"]) for each in value["units"]}
            )
            self.beside = [
                (str(each["name"]), _budget(each), each["categories"], each["except_channels"])
                for each in value["clocks"]
            ]
            self.reviews = {
                "review": _budget(value["reviews"]["first"]),
                "second_review": _budget(value["reviews"]["second"]),
            }
            self.rosters = {str(each["id"]): str(each["calendar"]) for each in value["units"]}
            self.leaders = {str(each["id"]) for each in value["staff"] if each["role"] == "leader"}
            self.late_entry = timedelta(days=int(value["intake"]["counts_from_submission_within_days"]))
            entries = value.get("late_entries")
            self.entered_within = int(entries["counts_within_minutes"]) if entries else None
            self.pauses = int(value["pauses"]["at_most"]), min(int(value["pauses"]["max_days"]), LONGEST_CLOCK)
            self.parked_for = min(int(value["parking"]["look_again_within_days"]), LONGEST_CLOCK)
            years = [int(each["year"]) for each in value["calendars"]]
            self.years = min(years), max(years)
            self.special = {
                date.fromisoformat(day): (works, Said(f"{zh}：{why}", f"{en}: {why}"))
                for each in value["calendars"]
                for days, works, zh, en in (
                    ("holidays", False, "法定节假日", "public holiday"),
                    ("make_up_days", True, "调休上班", "make-up working day"),
                )
                for day, why in each[days].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Wrong(
                f"规则库 {name} 格式不对。", f"The rulebook {name} is not of the shape known: {error}."
            ) from None

    @property
    def late_act(self) -> timedelta:
        """How late what stops or moves a clock may be entered and still count from when it was done."""
        return LATE_ENTRY if self.entered_within is None else timedelta(minutes=self.entered_within)

    def promise(self, rule: str) -> Budget | None:
        """The clock with this rule id; None: the book has none."""
        every = [*self.tiers.values(), *(each[1] for each in self.beside), *self.reviews.values()]
        return next((each for each in every if each.rule == rule), None)

    def works(self, day: date, roster: str) -> tuple[bool, Said, bool]:
        """Whether the day is a working day for this roster, why, and whether that is provisional (no calendar yet).

        Raises:
            Wrong: the day is before the first calendar.
        """
        if roster == "every_day":
            return True, ROSTER, False
        if day in self.special:
            return (*self.special[day], False)
        if day.year < self.years[0]:
            raise Wrong("日历不含该日期。", f"The calendar of the rulebook begins in {self.years[0]}, after {day}.")
        working = day.weekday() < 5
        return working, WORKING if working else WEEKEND, day.year > self.years[1]

    def opening_after(self, moment: datetime, days: int) -> datetime:
        """When the office opens on the `days`th working day after the day of an instant."""
        day = moment.astimezone(self.zone).date()
        for _ in range(days):
            day = self._working(day + timedelta(days=1))
        return datetime.combine(day, self.opens, self.zone).astimezone(timezone.utc)

    def window_end(self, moment: datetime, days: int) -> datetime:
        """When the office closes `days` days after an instant, or on the next working day after that."""
        day = self._working(moment.astimezone(self.zone).date() + timedelta(days=days))
        return datetime.combine(day, self.closes, self.zone).astimezone(timezone.utc)

    def _working(self, day: date) -> date:
        first = day
        while not self.works(day, "working")[0]:
            day = day_after(day, first)
        return day

    def counts_for(self, moment: datetime) -> date:
        """The day an instant belongs to: at or after the cut-off, the next day."""
        here = moment.astimezone(self.zone)
        return here.date() + timedelta(days=here.time() >= self.cutoff)


def zone_of(name: str) -> tzinfo:
    """A time zone by its name. China's is known even without a zone database, which some systems lack.

    Raises:
        Wrong: the name is not known here.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        if name in ("Asia/Shanghai", "PRC", "Asia/Chongqing"):
            return timezone(timedelta(hours=8), name)
        said = f"The time zone {name} is not known here: python -m pip install tzdata."
        raise Wrong(f"本机没有时区 {name}，请安装 tzdata。", said) from None


def _budget(value: Any) -> Budget:
    days = value["days"]
    if value["kind"] not in ("same_day", "days") or (value["kind"] == "days" and not 0 < int(days) <= 3650):
        raise ValueError("a promise of another kind")
    return Budget(
        str(value["rule"]),
        str(value["kind"]),
        days,
        str(value["counting"]),
        bool(value["pausable"]),
        bool(value["keep_old_rule"]),
        value["extend_days"],
    )


def day_after(day: date, first: date) -> date:
    """The next day, in a count that began on `first`.

    Raises:
        Wrong: the count is longer than any clock.
    """
    if (day - first).days > LONGEST_CLOCK:
        raise Wrong("时限过长，无法计算。", "A clock does not end within the days that can be counted.")
    return day + timedelta(days=1)
