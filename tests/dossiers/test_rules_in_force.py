"""A case decided under a rulebook that was never adopted, or another town's: each clock says so, with an exit code."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from aggregates.adoption import RulebookAdopted
from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from eventstore.log import Append
from evidence.dossiers import verify
from evidence.replaying import books_of, not_in_force
from office.rules.adoption import adopt_file
from rulebook.model import Rulebook
from tests.aggregates.office import at, proposal
from tests.cli.conftest import Inside
from tests.dossiers.registry import Registry
from tests.dossiers.test_recount import linhe
from tests.erasure.conftest import Place
from tests.replay.disputes import SHORTER
from tests.replay.lives import Filed, with_days
from tests.rulebook.books import baiyang

PETITION = "p-" + "7" * 32
GENEROUS = with_days("district", 30)
ADOPTED = at("2025-09-01 09:00")
Answer = tuple[int, str]


def answered(rules: Rulebook | None = None) -> Filed:
    """Answered two weeks after it came in."""
    case = Filed(rules, proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    case.now = at("2025-10-13 10:00")
    return case.act(c.Reply)


@pytest.fixture
def told(registry: Registry, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Answer]:
    """Exit code and text of `verify.py` on the dossier of a case."""

    def run(case: Filed, *words: str) -> Answer:
        registry.known = (*registry.known, case.rules)
        registry.write({PETITION: case.records})
        (tmp_path / "given.zip").write_bytes(registry.dossier(PETITION).content)
        code = verify.main([str(tmp_path / "given.zip"), *words])
        return code, capsys.readouterr().out

    return run


def by_the_office(registry: Registry, case: Filed) -> set[int]:
    """The versions that the office's own command names."""
    books = books_of(registry.event_log, baiyang())
    return not_in_force(case.records, registry.event_log.read("rulebook-baiyang"), books)


def test_under_the_adopted_book_nothing_is_said(registry: Registry, told: Callable[..., Answer]) -> None:
    adopt_file(registry.event_log, baiyang(), ADOPTED)
    case = answered()
    code, text = told(case)
    assert (code, "Not under the rules in force" in text) == (0, False)
    assert by_the_office(registry, case) == set()


@pytest.mark.parametrize("adopted", [True, False])
def test_a_book_never_adopted(registry: Registry, told: Callable[..., Answer], adopted: bool) -> None:
    """Thirty days instead of three: kept, by rules that were never in force."""
    if adopted:
        adopt_file(registry.event_log, baiyang(), ADOPTED)
    case = answered(GENEROUS)
    code, text = told(case)
    assert code == 3
    assert "● 按时" in text
    assert text.count("Not under the rules in force, see below.") == 2  # the tier's clocks of community and district
    assert "所依据的不是当时施行的规则" in text
    assert by_the_office(registry, case) == {each.version for each in case.records}


def test_another_towns_book_adopted_in_this_log(registry: Registry, told: Callable[..., Answer]) -> None:
    """Linhe's rules stand in Baiyang's log, with an adoption of their own: they are not the rules of this log."""
    adopt_file(registry.event_log, baiyang(), ADOPTED)
    adopt_file(registry.event_log, linhe(), ADOPTED)
    registry.maker._rulebook = linhe().id
    case = Filed(linhe(), proposal("public_service", "village"))
    case.receive("2025-09-23 15:00", channel="online", community="linhe").step().step()
    case.act(c.Reply)
    code, text = told(case)
    assert code == 3
    assert "Not under the rules in force" in text
    assert "another town's: the log is suqiu/baiyang" in text
    assert by_the_office(registry, case) == {each.version for each in case.records}


def test_an_adoption_of_another_stream_puts_nothing_in_force(registry: Registry) -> None:
    """Given: the generous book, "adopted" as Baiyang's in a stream that is not Baiyang's."""
    adopt_file(registry.event_log, baiyang(), ADOPTED)
    by = Actor(role=Role.LEADER, id="leader-1")
    event = RulebookAdopted(
        at=ADOPTED,
        by=by,
        rulebook=GENEROUS.hash,
        book="baiyang",
        effective_from=ADOPTED.date(),
        content=GENEROUS.canonical.decode(),
    )
    assert all(registry.event_log.append([Append("rulebook-other", 0, (event,), "adopt", ADOPTED)]))
    registry.maker._rulebook = "other"
    registry.known = (*registry.known, GENEROUS)
    case = answered(GENEROUS)
    registry.write({PETITION: case.records})
    with pytest.raises(verify.Wrong, match="is not of its stream: baiyang, other"):
        verify.verify(registry.dossier(PETITION).content)


def test_adopted_only_after_the_decisions(registry: Registry) -> None:
    """As of long before, when it was too late: what was in force is told by what had been adopted by then."""
    adopt_file(registry.event_log, baiyang(), ADOPTED)
    case = answered(GENEROUS)
    registry.write({PETITION: case.records})
    adopt_file(registry.event_log, GENEROUS, at("2025-10-14 09:00"))
    registry.now = at("2025-10-14 10:00")
    registry.known = (*registry.known, GENEROUS)
    verified = verify.verify(registry.dossier(PETITION).content)
    assert [found.outside != [] for found in verified.findings if found.clock.name == "tier"] == [True, True]


def test_what_came_in_before_the_first_adoption_goes_by_the_first(registry: Registry) -> None:
    """Intake does not wait for the process that adopts the office's file at its first start."""
    case = answered()
    registry.write({PETITION: case.records[:1]})
    adopt_file(registry.event_log, baiyang(), case.records[0].recorded_at + timedelta(seconds=30))
    registry.now = at("2025-10-14 10:00")
    verified = verify.verify(registry.dossier(PETITION).content)
    assert [found.outside for found in verified.findings] == [[] for _ in verified.findings]
    assert by_the_office(registry, case) == set()


def test_a_paper_entered_late_goes_by_the_book_of_the_day_it_was_entered(
    registry: Registry, told: Callable[..., Answer]
) -> None:
    adopt_file(registry.event_log, baiyang(), ADOPTED)
    later = SHORTER.model_copy(update={"effective_from": at("2025-09-23 00:00").date()})
    adopt_file(registry.event_log, later, at("2025-09-20 09:00"))
    case = Filed(later, proposal("public_service", "district"))
    case.receive("2025-09-24 09:00", submitted_at=at("2025-09-22 10:00")).step().step().act(c.Reply)
    code, text = told(case)
    assert (code, "Not under the rules in force" in text) == (0, False)


def test_programs_are_told(registry: Registry, told: Callable[..., Answer]) -> None:
    adopt_file(registry.event_log, baiyang(), ADOPTED)
    code, text = told(answered(GENEROUS), "--json")
    row = json.loads(text)
    assert (code, row["ok"], row["in_force"]) == (3, True, False)
    assert all(each["in_force"] is False and each["outside"] for each in row["clocks"] if each["clock"] == "tier")


@pytest.mark.parametrize(("adopted", "code"), [(True, 0), (False, 3)])
def test_the_offices_own_command_says_so_too(place: Place, inside: Inside, adopted: bool, code: int) -> None:
    if adopted:
        adopt_file(place.event_log, baiyang(), place.time)
    petition, _ = place.comes(1)
    receipt = str(place.event_log.read(petition)[0].event.receipt)  # type: ignore[attr-defined]
    told = inside("audit", "deadline", receipt, "--json")
    assert told.code == code, told
    assert {each["in_force"] for each in told.row["promises"]} == {adopted}
    page = inside("audit", "deadline", receipt)
    assert (page.code, "Not under the rules in force: " in page.out) == (code, not adopted)
