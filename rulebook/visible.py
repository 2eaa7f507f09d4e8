"""Characters that drive a terminal or turn a line's direction are shown by their code point, and obeyed nowhere.

A resident may write anything, and it is read on terminals, in logs and in files that are looked at on terminals.
"""

import re

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f"  # C0 but tab and line end; ESC begins what moves, colours, renames and answers
    "\x7f-\x9f"  # delete and C1: U+009B is ESC [ in one character
    "\u00ad\u061c\u180e"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # widths of none, line ends of another kind, directions
    "\ufff9-\ufffb\U000e0000-\U000e007f"
    "\ud800-\udfff"  # halves of a character, which no stream takes
    "]"
)


def visible(text: str) -> str:
    """The text with `[U+001B]` in place of a character that would be obeyed or not be seen; for people.

    Line ends become one kind; tabs, the joiners of emoji and of scripts, and all else stay.
    """
    return _UNSEEN.sub(_named, text.replace("\r\n", "\n")) if _UNSEEN.search(text) else text


def escaped(json: str) -> str:
    """The same JSON, which is read as the same values, without such a character in it."""
    return _UNSEEN.sub(_escape, json)


def _named(found: "re.Match[str]") -> str:
    return f"[U+{ord(found[0]):04X}]"


def _escape(found: "re.Match[str]") -> str:
    code = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{code[at : at + 2].hex()}" for at in range(0, len(code), 2))
