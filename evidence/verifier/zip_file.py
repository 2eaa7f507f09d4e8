"""The dossier's ZIP, in one reproducible form."""

from __future__ import annotations

import struct
import zlib

from evidence.verifier.limits import MOST_ENTRIES, NAMES, Wrong


def entry(name: bytes, content: bytes) -> bytes:
    """A file in the ZIP: stored uncompressed, dated 1980-01-01, no extra fields."""
    return struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, *_sizes(content), len(name), 0) + name + content


def directory(name: bytes, content: bytes, offset: int) -> bytes:
    """The file's entry in the ZIP's central directory."""
    head = struct.pack("<4s6H3I", b"PK\1\2", 0x0314, 20, 0, 0, 0, 33, *_sizes(content))
    return head + struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0o100644 << 16, offset) + name


def packed(files: dict[str, bytes]) -> bytes:
    """The ZIP of these files: equal files give equal bytes."""
    body, lines = bytearray(), bytearray()
    for name in sorted(files):
        lines += directory(name.encode(), files[name], len(body))
        body += entry(name.encode(), files[name])
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(files), len(files), len(lines), len(body), 0)
    return bytes(body + lines + end)


def _sizes(content: bytes) -> tuple[int, int, int]:
    return zlib.crc32(content), len(content), len(content)


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of a dossier's ZIP.

    Raises:
        Wrong: not a ZIP, cut short, packed by another program, or altered in any bit.
    """
    if content[:4] != b"PK\3\4":
        raise Wrong("不是卷宗（不是 ZIP 文件）。", "It is no dossier: it does not begin as a ZIP does.")
    files: dict[str, bytes] = {}
    at = 0
    while content[at : at + 4] == b"PK\3\4":
        name, data, at = _entry_at(content, at)
        if files and name <= max(files):
            raise Wrong(
                f"ZIP 内文件重复或次序不对：{name}。", f"A file stands twice or out of order in the ZIP: {name}."
            )
        files[name] = data
        if len(files) > MOST_ENTRIES:
            raise Wrong("ZIP 内文件过多。", f"More than {MOST_ENTRIES} files are in the ZIP.")
    if content[at : at + 4] != b"PK\1\2":
        raise Wrong("ZIP 不完整（被截断或改动）。", f"The ZIP is cut short or altered at byte {at}.")
    if packed(files) != content:
        raise Wrong("ZIP 的目录与其内容不符。", "The ZIP's directory is not that of its files, or something is beside.")
    return files


def _entry_at(content: bytes, at: int) -> tuple[str, bytes, int]:
    if len(content) < at + 30:
        raise Wrong("ZIP 不完整（被截断）。", f"The ZIP is cut short at byte {len(content)}.")
    _, _, flags, method, _, _, _, small, size, length, extra = struct.unpack("<4s5H3I2H", content[at : at + 30])
    raw = content[at + 30 : at + 30 + length]
    name = raw.decode("ascii", "replace")
    if flags & 1:
        raise Wrong("ZIP 内文件被加密。", f"A file of the ZIP is encrypted: {name[:80]!r}.")
    if method != 0 or small != size or flags or extra:
        raise Wrong(
            "ZIP 由其他程序重新打包；请使用原文件。",
            f"The ZIP was packed again by another program (compressed, or with fields of its own, at {name[:80]!r}): "
            "use the file as it was given out.",
        )
    if not NAMES.fullmatch(name):
        raise Wrong(f"卷宗中不应有此文件：{name[:80]!r}。", f"A file that no dossier has: {name[:80]!r}.")
    begin = at + 30 + length
    if begin + size > len(content):
        raise Wrong("ZIP 不完整（被截断）。", f"The ZIP is cut short within {name}.")
    data = content[begin : begin + size]
    if entry(raw, data) != content[at : begin + size]:
        raise Wrong(f"ZIP 内文件受损：{name}。", f"A file of the ZIP is damaged: {name}.")
    return name, data, begin + size
