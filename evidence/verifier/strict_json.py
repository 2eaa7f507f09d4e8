"""Strict JSON: no duplicate names, bounded size; hashes and instants in their one canonical form."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import datetime, timezone
from typing import Any

from evidence.verifier.limits import LONGEST_NUMBER, MOST_EVENTS, MOST_VALUES, Wrong


class Reader:
    """Reads JSON within one limit of values for the whole dossier; duplicate names in an object are refused."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def read(self, content: bytes, where: str) -> Any:
        """Parse a JSON text.

        Raises:
            Wrong: it is not valid JSON, or too large.
        """
        self._left -= sum(content.count(mark) for mark in (b",", b"[", b"{", b":"))
        if self._left < 0:
            raise Wrong("卷宗内数据过多。", f"More than {MOST_VALUES} values are in the dossier, at {where}.")
        try:
            return json.loads(
                content.decode(),
                object_pairs_hook=_once,
                parse_constant=_no_number,
                parse_int=_whole,
                parse_float=_fraction,
            )
        except (ValueError, RecursionError) as error:
            raise Wrong(
                f"{where} 不是有效的 JSON。", f"{where} is no JSON as it must be: {type(error).__name__}."
            ) from None

    def lines(self, content: bytes, where: str) -> list[tuple[bytes, Any]]:
        """The lines of a text, each with its parsed JSON value."""
        if content and not content.endswith(b"\n"):
            raise Wrong(f"{where} 不完整。", f"{where}: its last line is cut short.")
        found = content.split(b"\n")[:-1]
        if len(found) > MOST_EVENTS:
            raise Wrong(f"{where} 行数过多。", f"{where}: more than {MOST_EVENTS} lines.")
        return [(line, self.read(line, f"{where}, line {number}")) for number, line in enumerate(found, 1)]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _whole(text: str) -> int:
    """An integer; longer ones are refused, as older Pythons take hours for millions of digits."""
    return int(text) if len(text) <= LONGEST_NUMBER else _no_number("a number too long")


def _fraction(text: str) -> float:
    """A float; one too large would become infinite and is refused."""
    found = float(text)
    return found if abs(found) < float("inf") else _no_number("a number too large")


def shape(value: Any, where: str, **members: Any) -> Any:
    """The object, if it has exactly these members with these types.

    Raises:
        Wrong: a member is missing, unknown or of another type.
    """
    if not isinstance(value, dict) or set(value) != set(members):
        expected = ", ".join(sorted(members))
        raise Wrong(f"{where} 的字段不对。", f"{where}: expected the members {expected}.")
    for name, kinds in members.items():
        if not isinstance(value[name], kinds) or (isinstance(value[name], bool) and kinds is int):
            raise Wrong(f"{where} 的字段 {name} 不对。", f"{where}: the member {name} is of another kind.")
    return value


def decode(text: Any, where: str, length: int | None = 32) -> bytes:
    """Bytes from base64 in its canonical form.

    Raises:
        Wrong: not canonical base64, or of another length.
    """
    try:
        found = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        found = b""
    if not found or (length and len(found) != length) or base64.b64encode(found).decode() != text:
        raise Wrong(f"{where}：不是哈希值。", f"{where}: expected {length or 'some'} bytes in base64.")
    return found


def hashes(value: Any, where: str) -> list[bytes]:
    """The hashes of a proof.

    Raises:
        Wrong: not a list of at most 64 hashes.
    """
    if not isinstance(value, list) or len(value) > 64:
        raise Wrong(f"{where}：证明格式不对。", f"{where}: expected a list of hashes.")
    return [decode(each, where) for each in value]


def canonical(value: Any) -> bytes:
    """The canonical JSON of a value (RFC 8785): names in UTF-16 order, no blanks, numbers as ECMAScript has them."""
    return _canonical(value).encode("utf-8", "surrogatepass")


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_canonical(name)}:{_canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return _decimal(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _decimal(number: float) -> str:
    """A float in its shortest form, as ECMA-262 (Number::toString) writes it."""
    mantissa, _, power = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    written = (whole + fraction).lstrip("0")
    point = len(written) - len(fraction) + int(power or 0)
    digits = written.rstrip("0")
    if not digits:
        return "0"
    sign = "-" if number < 0 else ""
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if 0 < point <= 21:
        left, right = digits[:point].ljust(point, "0"), digits[point:]
        return f"{sign}{left}.{right}" if right else sign + left
    tail = f".{digits[1:]}" if digits[1:] else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def instant(text: Any) -> datetime:
    """An instant with its UTC offset, converted to UTC.

    Raises:
        Wrong: the text is not an instant with an offset.
    """
    match = INSTANT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Wrong("时间格式不对。", f"Expected an instant with its offset; found {str(text)[:40]!r}.")
    try:
        offset = "+00:00" if match[3] == "Z" else match[3]
        return datetime.fromisoformat(f"{match[1]}.{(match[2] or '').ljust(6, '0')}{offset}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise Wrong("时间格式不对。", f"Expected an instant with its offset; found {str(text)[:40]!r}.") from None
