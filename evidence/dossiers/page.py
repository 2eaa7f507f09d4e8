"""The report of a dossier: its data, and the PDF made of it. The layout is `page.typ`.

Everything arrives as data and is set as text: nothing in a petition is ever read as a command of the typesetter. The
same data gives the same bytes, wherever and whenever it is set: font and typesetter are pinned, the only instant in it
is the checkpoint's, and no file but the layout and the font is read.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import typst
from pydantic import AwareDatetime, BaseModel, ConfigDict

from evidence.dossiers.glyphs import FAMILY, FONT, printable

LAYOUT = Path(__file__).with_name("page.typ")
STANDARDS: Final["list[typst.PDFStandard]"] = ["a-2a", "ua-1"]
"""For archives (PDF/A-2a) and screen readers (PDF/UA-1): tagged, fonts embedded, no external resources."""


class Part(BaseModel):
    """A part of the report."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Line(Part):
    """A sentence in two languages."""

    zh: str
    en: str


class Fact(Part):
    """A label and its value."""

    label: Line
    value: Line


class Field(Part):
    """A field with personal data. `text` is set only if it is open."""

    label: Line
    state: Literal["open", "sealed", "erased"]
    text: str = ""


class Entry(Part):
    """An event. `recorded` is set if it was recorded later than it took effect."""

    number: int
    at: str
    recorded: str = ""
    said: Line
    role: Line
    who: str = ""
    rule: str = ""
    fields: tuple[Field, ...] = ()


class Day(Part):
    """One day of a clock; `number`: which of the counted days it is, None: not counted."""

    date: str
    weekday: int
    counted: bool
    number: int | None
    why: Line


class Clock(Part):
    """One promise: the verdict, how it was counted, and what proves it."""

    name: Line
    tier: Line | None
    rule: str
    started: str
    due: str
    verdict: Literal["kept", "missed", "running", "paused", "set_aside"]
    word: Line
    said: Line
    about: tuple[Line, ...]
    proven: tuple[Line, ...]
    days: tuple[Day, ...]


class Order(Part):
    """A service order that was raised from the petition."""

    receipt: str
    stream: str
    entries: tuple[Entry, ...]


class Head(Part):
    """A checkpoint: number of events, when it was made, and its root."""

    size: int
    made: str
    root: str
    witnesses: tuple[str, ...] = ()


class Book(Part):
    """A rulebook that decisions name."""

    name: Line
    since: str
    hash: str


class File(Part):
    """A file of the dossier, and its content."""

    name: str
    what: Line


class Page(Part):
    """All data of the report. `made_at` is the newest checkpoint's time, the only instant it depends on."""

    receipt: str
    petition: str
    log: str
    key: str
    made_at: AwareDatetime
    made: str
    redaction: Line
    summary: tuple[Line, ...]
    facts: tuple[Fact, ...]
    asked: tuple[Field, ...]
    clocks: tuple[Clock, ...]
    timeline: tuple[Entry, ...]
    orders: tuple[Order, ...] = ()
    messages: tuple[Entry, ...] = ()
    erasures: tuple[Entry, ...] = ()
    books: tuple[Book, ...] = ()
    checkpoints: tuple[Head, ...] = ()
    files: tuple[File, ...] = ()


def report_pdf(page: Page) -> bytes:
    """The report as PDF/A-2a and PDF/UA-1.

    Raises:
        typst.TypstError: the layout cannot be set; the message says where.
    """
    return _set(page, "pdf")[0]


def report_pictures(page: Page, dots_per_inch: float = 96) -> list[bytes]:
    """The report as images, one PNG a page."""
    return _set(page, "png", dots_per_inch)


def _set(page: Page, form: Literal["pdf", "png"], dots_per_inch: float | None = None) -> list[bytes]:
    shown: dict[str, Any] = _printable(page.model_dump(mode="json"))
    shown["substituted"] = shown != page.model_dump(mode="json")
    compiler = typst.Compiler(
        input=LAYOUT,
        root=LAYOUT.parent,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"page": json.dumps(shown, ensure_ascii=False), "family": FAMILY},
    )
    made = compiler.compile(
        format=form,
        ppi=dots_per_inch,
        pdf_standards=STANDARDS if form == "pdf" else [],
        timestamp=int(page.made_at.timestamp()),
    )
    return [made] if isinstance(made, bytes) else list(made or ())


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case list():
            return [_printable(each) for each in value]
        case dict():
            return {name: _printable(each) for name, each in value.items()}
        case _:
            return value


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONT.parent])
