"""Times of recording that cannot be true are found, and honest ones are left alone."""

from hypothesis import given
from hypothesis import strategies as st

from eventstore.proofs.untimely import untimely

DAY = 86_400.0
TOLERANCE = 60.0


def test_an_honest_log_has_none() -> None:
    times = [0.0, 5.0, 4.2, 9.0, 9.0, 70.0, 30.0]  # who waits for the lock may come later by some seconds
    assert untimely(times, 80.0, {3: 6.0, 7: 75.0}, TOLERANCE) == {}
    assert untimely([], 0.0, {}, TOLERANCE) == {}


def test_what_a_worker_two_days_ahead_wrote_is_ahead_and_nothing_else() -> None:
    times = [0.0, 10.0, 20.0 + 2 * DAY, 21.0 + 2 * DAY, 30.0, 40.0, 50.0]
    assert untimely(times, 10 * DAY, {}, TOLERANCE) == {2: 2 * DAY - 10.0, 3: 2 * DAY - 9.0}


def test_it_is_found_at_once_by_the_databases_time_and_later_by_a_checkpoint_though_most_were_wrong() -> None:
    times = [0.0, *(2 * DAY + n for n in range(12)), 30.0, 40.0]
    wrong = set(range(1, 13))
    assert set(untimely(times[:13], 25.0, {}, TOLERANCE)) == wrong
    assert set(untimely(times, 10 * DAY, {13: 25.0}, TOLERANCE)) == wrong


def test_what_a_worker_a_day_behind_wrote_is_behind() -> None:
    times = [DAY, DAY + 10, 20.0, DAY + 30, DAY + 40]
    assert untimely(times, 2 * DAY, {}, TOLERANCE) == {2: 20.0 - (DAY + 10)}


def test_one_checkpoint_signed_by_a_wrong_clock_accuses_nobody() -> None:
    times = [DAY + n for n in range(10)]
    assert untimely(times, 3 * DAY, {3: DAY + 3, 5: 10.0, 8: DAY + 9}, TOLERANCE) == {}


@given(
    gaps=st.lists(st.floats(0, 300), min_size=1, max_size=60),
    late=st.dictionaries(st.integers(0, 59), st.floats(0, 30), max_size=20),
    ahead=st.dictionaries(st.integers(0, 59), st.floats(3600, 5 * DAY), max_size=8),
)
def test_who_is_named_ahead_was_ahead(gaps: list[float], late: dict[int, float], ahead: dict[int, float]) -> None:
    """A log as an honest office writes it, checkpoints each ten events; some events by a clock that was hours ahead."""
    true: list[float] = []
    for gap in gaps:
        true.append((true[-1] if true else 0.0) + gap)
    wrong = {index: by for index, by in ahead.items() if index < len(true)}
    times = [at - late.get(index, 0) + wrong.get(index, 0) for index, at in enumerate(true)]
    checkpoints = {size: true[size - 1] + 1 for size in range(10, len(true) + 1, 10)}
    checkpoints[len(true)] = true[-1] + 1
    found = untimely(times, true[-1] + 10 * DAY, checkpoints, TOLERANCE)
    named = {index for index, by in found.items() if by > 0}
    assert named <= set(wrong)
    # By how much it is wrong can only be said as far as what follows is near: a checkpoint each ten events, 3,000 s.
    assert {index for index, by in wrong.items() if by > 3000 + 2 * TOLERANCE} <= named
