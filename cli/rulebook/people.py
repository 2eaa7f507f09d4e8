"""`suqiu rulebook units` and `staff`: who there is, by the ids that `--unit` and `--by` take."""

from typing import TYPE_CHECKING, Any, Literal

from cli.doors import staff_called
from cli.options import COMMON, Common
from cli.screen import OUT, emit, listing
from projections.words import ROLES, both

if TYPE_CHECKING:
    from rulebook.model import Rulebook
    from rulebook.people import Staff, Unit

NOBODY = "—"


def units(*, tier: str | None = None, common: Common = COMMON) -> int:
    """List the units of the rulebook in force: their ids, who works there, who keeps the door, who notes for whom.

    Parameters
    ----------
    tier
        Only those of this tier, by its id (`suqiu rulebook check` lists them).
    """
    from office.rules.book_in_use import book_at_hand

    book = book_at_hand(common.settings())
    wanted = None if tier is None else book.tier(tier).id
    found = [unit for unit in book.units if wanted in (None, unit.tier)]
    if common.json:
        emit({"total": len(found), "rows": [_unit(each, book) for each in found]})
        return 0
    table = listing("编号 id", "名称 name", "层级 tier", "人员 staff (--by)", "职责 keeps")
    for each in found:
        row = _unit(each, book)
        keeps = (["受理 the door"] if row["door"] else []) + [
            f"代记 notes for {book.tier(id_).name.zh} {id_}" for id_ in row["notes_for"]
        ]
        table.add_row(
            each.id,
            f"{each.name.zh} [dim]{each.name.en}[/]",
            f"{book.tier(each.tier).name.zh} {each.tier}",
            ", ".join(each.staff) or NOBODY,
            "\n".join(keeps),
        )
    OUT.print(table)
    return 0


def staff(
    who: str | None = None,
    /,
    *,
    unit: str | None = None,
    role: Literal["clerk", "officer", "leader", "supervisor"] | None = None,
    common: Common = COMMON,
) -> int:
    """List the staff of the rulebook in force: the ids that --by takes, their roles, units and places of the grid.

    Parameters
    ----------
    who
        Only this one: an id or a name.
    unit
        Only those of this unit, by its id.
    role
        Only those in this role.
    """
    from office.rules.book_in_use import book_at_hand

    book = book_at_hand(common.settings())
    members = book.staff if who is None else (staff_called(who, book, "WHO"),)
    of_unit = None if unit is None else book.unit(unit).staff
    found = [each for each in members if (of_unit is None or each.id in of_unit) and role in (None, each.role)]
    if common.json:
        emit({"total": len(found), "rows": [_member(each, book) for each in found]})
        return 0
    table = listing("编号 id (--by)", "姓名 name", "角色 role", "单位 units", "网格 answers for")
    for each in found:
        row = _member(each, book)
        named = "、".join(f"{book.unit(id_).name.zh} {id_}" for id_ in row["units"])
        table.add_row(each.id, each.name, both(ROLES, each.role), named or NOBODY, ", ".join(row["places"]))
    OUT.print(table)
    return 0


def _unit(each: "Unit", book: "Rulebook") -> dict[str, Any]:
    access = book.access
    return {
        "id": each.id,
        "zh": each.name.zh,
        "en": each.name.en,
        "tier": each.tier,
        "kind": each.kind,
        "staff": list(each.staff),
        "calendar": each.calendar,
        "door": access is not None and each.id in access.door,
        "notes_for": [tier for tier, noting in access.notes_for.items() if each.id in noting] if access else [],
    }


def _member(each: "Staff", book: "Rulebook") -> dict[str, Any]:
    places = [section.id for section in book.sections if section.lead == each.id]
    buildings = [building for section in book.sections for building in section.buildings]
    places += [building.id for building in buildings if building.lead == each.id]
    places += [entrance.id for building in buildings for entrance in building.entrances if entrance.lead == each.id]
    return {
        "id": each.id,
        "name": each.name,
        "role": each.role,
        "units": [unit.id for unit in book.units_of(each.id)],
        "places": places,
    }
