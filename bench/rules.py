"""(h) Requests classified/s against looking for each word alone, and (i) deadlines/s against adding days to a date.

Classified: a petition of 500 characters by the shipped rulebook; the baseline asks `word in text` for each of the same
words and weighs nothing. Deadlines: the shipped clock of the highest tier across the holidays of October 2026; the
baseline adds as many days one by one and knows no calendar. Below 3,000 requests or 10,000 deadlines a second on one
core either misses its goal, whatever the ratio.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import mean
from zoneinfo import ZoneInfo

from bench.ground import Ground, Result
from rulebook.classification import TermClassifier
from rulebook.clocks import deadline
from rulebook.vocabulary import Vocabulary, normalised

TIMES = 3_000
REQUESTS_PER_SECOND = 3_000
DEADLINES_PER_SECOND = 10_000
TITLE = "下水道堵塞"
TEXT = "尊敬的领导，我是社区的居民，楼下的下水道堵了一个星期，物业一直不处理，请有关部门帮助解决。" * 11
RECEIVED = datetime(2026, 9, 25, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def rate(one: Callable[[], object], times: int) -> float:
    """How often a second on this core."""
    began = time.perf_counter()
    for _ in range(times):
        one()
    return times / (time.perf_counter() - began)


def _beside(name: str, ours: Callable[[], object], plain: Callable[[], object], rounds: int, promise: float) -> Result:
    mine, baseline = [], []
    for _ in range(rounds):
        baseline.append(rate(plain, TIMES))
        mine.append(rate(ours, TIMES))
    return Result(name, "1/s", mine, baseline, round(promise / mean(baseline), 3))


async def measure_classifying(ground: Ground, rounds: int) -> Result:
    """Classifying, beside looking for each word."""
    book = ground.office.rules
    classifier, words = TermClassifier(book), [word.text for word in Vocabulary(book).words()]

    def plain() -> list[str]:
        text = normalised(TITLE + TEXT)
        return [word for word in words if word in text]

    assert classifier.classify(TITLE, TEXT).matter
    name = f"requests classified / each of {len(words)} words looked for"
    return _beside(name, lambda: classifier.classify(TITLE, TEXT), plain, rounds, REQUESTS_PER_SECOND)


async def measure_deadlines(ground: Ground, rounds: int) -> Result:
    """Deadlines, beside adding days."""
    book = ground.office.rules
    rule = book.tiers[-1].clock
    days = rule.days or 1

    def plain() -> datetime:
        due = RECEIVED
        for _ in range(days):
            due += timedelta(days=1)
        return due

    assert deadline(rule, RECEIVED, book).due_at > plain()
    name = f"deadlines of {days} days counted / days added"
    return _beside(name, lambda: deadline(rule, RECEIVED, book), plain, rounds, DEADLINES_PER_SECOND)
