"""The leaf of an event in the Merkle tree: what of a row is provable, and its hash. `docs/evidence.md` has the format.

Loads nothing but the canonical JSON: verifying starts many processes of it.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import rfc8785


def leaf_hash(stream: str, version: int, topic: str, state: bytes, command_id: str, recorded_at: datetime) -> bytes:
    """SHA-256 leaf (RFC 6962, 2.1: prefix 0x00) over the leaf's content.

    Raises:
        ValueError: see `leaf_content`.
    """
    return hashlib.sha256(b"\x00" + leaf_content(stream, version, topic, state, command_id, recorded_at)).digest()


def leaf_content(stream: str, version: int, topic: str, state: bytes, command_id: str, recorded_at: datetime) -> bytes:
    """The canonical JSON (RFC 8785) of what must be provable of a row: one line, as it has no raw control characters.

    Each sealed field enters as its commitment and the name of its key, so that the leaf survives the destruction of
    that key and of the ciphertext.

    Raises:
        ValueError: the body is no JSON object, or a sealed field has no commitment.
    """
    text = state.decode()
    try:
        body, canonical = _DECODER.decode(text), _plain
    except _Unusual:
        body, canonical = json.loads(text), _any
    if not isinstance(body, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004 - of a row: a value, not a type
    for field, value in body.items():
        if isinstance(value, dict) and "ciphertext" in value:
            try:
                body[field] = {"commitment": value["commitment"], "key": value["key"]}
            except KeyError as missing:
                raise ValueError(f"the sealed field {field} has no {missing}") from None
    leaf = {
        "body": body,
        "command_id": command_id,
        "recorded_at": recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "stream": stream,
        "topic": topic,
        "version": version,
    }
    return canonical(leaf)


class _Unusual(Exception):
    """A number that the standard library writes otherwise than RFC 8785."""


def _number(digits: str) -> float:
    """A fraction, if the standard library writes it as RFC 8785 does: both agree from 0.0001 to 1e16.

    Raises:
        _Unusual: they may differ.
    """
    number = float(digits)
    if number.is_integer():
        if abs(number) < 2**53:
            return int(number)
    elif 1e-4 <= abs(number) < 1e16:
        return number
    raise _Unusual


_DECODER = json.JSONDecoder(parse_float=_number)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _any(leaf: dict[str, Any]) -> bytes:
    """RFC 8785, whatever is in it."""
    return rfc8785.dumps(leaf)


def _plain(leaf: dict[str, Any]) -> bytes:
    """RFC 8785 at the speed of the standard library: the same bytes for ASCII names and usual numbers."""
    return _ENCODER.encode(leaf).encode()
