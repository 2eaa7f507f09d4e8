"""Which characters the report's font can show. Others, and invisible ones, are written as their code point.

A resident may write anything: emoji, other scripts, marks that turn the direction of what follows. PDF/A allows no
character without a glyph, and whoever reads a dossier must see everything that is there.
"""

import struct
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import BinaryIO

from noto_cjk_sans_otc import FONT_PATH

FONT = Path(str(FONT_PATH))
FAMILY = "Noto Sans CJK SC"
_NUMBER_IN_COLLECTION = 2
"""Index, of the ten faces in the font file, of simplified Chinese."""


def printable(text: str) -> str:
    """The text with `[U+1F600]` in place of a character that has no glyph or is invisible.

    Line ends become one kind, tabs spaces; nothing else is changed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(each if each == "\n" or is_shown(each) else f"[U+{ord(each):04X}]" for each in text)


@cache
def is_shown(character: str) -> bool:
    """Whether the font has a glyph for it and it is visible: no control, mark of direction or zero-width character."""
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return False
    starts, ends = _known()
    place = bisect_right(starts, ord(character)) - 1
    return place >= 0 and ord(character) <= ends[place]


@cache
def _known() -> tuple[list[int], list[int]]:
    """First and last code points of the ranges that the font has glyphs for, in order."""
    with FONT.open("rb") as file:
        table = _character_map(file)
    (count,) = struct.unpack_from(">H", table, 2)
    for number in range(count):
        _, _, offset = struct.unpack_from(">HHI", table, 4 + 8 * number)
        kind, _, _, _, groups = struct.unpack_from(">HHIII", table, offset)
        if kind == 12:
            runs = [struct.unpack_from(">II", table, offset + 16 + 12 * group) for group in range(groups)]
            return [first for first, _ in runs], [last for _, last in runs]
    raise ValueError(f"{FONT.name}: expected a character map of format 12; found none")


def _character_map(file: BinaryIO) -> bytes:
    file.seek(12 + 4 * _NUMBER_IN_COLLECTION)
    (offset,) = struct.unpack(">I", file.read(4))
    file.seek(offset)
    _, tables = struct.unpack(">IH6x", file.read(12))
    for _ in range(tables):
        tag, _, start, length = struct.unpack(">4sIII", file.read(16))
        if tag == b"cmap":
            file.seek(start)
            return file.read(length)
    raise ValueError(f"{FONT.name}: expected a character map; found none")
