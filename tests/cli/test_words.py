"""What residents and clerks say leaves the command line: a file, standard input or a question give it as well."""

import inspect
import os
import pty
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from cyclopts import App

from aggregates.catalogue import CATALOGUE
from aggregates.command import Command, ResidentsWord
from aggregates.orders import commands as of_orders
from aggregates.personal import personal_fields
from aggregates.petition import commands as of_petitions
from cli.acting import option
from cli.acts import Act
from cli.main import make_app, run
from cli.orders import acts as order_acts
from cli.petitions import acts
from cli.words import LARGEST_BYTES, fields_of_words
from tests.cli.conftest import PROGRAM, Inside, Shell

CANARY = "金丝雀-5f1c"
NUMBER = "13812345678"
COMMANDS = (*of_petitions.COMMANDS, *of_orders.COMMANDS)
ACTS = [("petition", each) for each in acts.ACTS] + [("order", each) for each in order_acts.ACTS]
every_act = pytest.mark.parametrize(
    ("subject", "act"), ACTS, ids=[f"{subject} {act.command.NAME}" for subject, act in ACTS]
)
NOBODYS_WORDS = frozenset(
    {
        *("--by", "--approved-by", "--leader", "--promise", "--at", "--as-of", "--submitted-at", "--look-again-on"),
        *("--received", "--from", "--to", "--period", "--after", "--section", "--command-id", "--into", "--with"),
        *("--channel", "--category", "--tier", "--matter", "--unit", "--community", "--complained-about", "--papers"),
        *("--parties", "--service", "--status", "--petition", "--receipt", "--read", "--explain", "--report", "--kind"),
        *("--clock", "--program", "--log", "--code-from", "--other-code-from", "RECEIPT", "OTHER", "NAME", "WHO"),
    }
)
"""Options and arguments of text that are ids, days, receipts, files: what rulebook and log have in clear."""
CODE_WORDS = {("resident", "erase"), ("audit", "accept-loss"), ("audit", "note-times")}
"""Commands whose --reason is a code word, as their help says."""
NAMES_OF_KEYS = {("keys", "make-log"), ("audit", "witness")}


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: f"{kind.__module__}:{kind.NAME}")
def test_a_commands_field_that_is_sealed_once_it_is_an_event_is_known_as_somebodys_words(kind: type[Command]) -> None:
    sealed = set().union(*(personal_fields(each) for each in CATALOGUE))
    texts = {name for name, field in kind.model_fields.items() if _is_text(field.annotation)}
    ours = texts - Command.model_fields.keys()
    assert (sealed & ours) <= fields_of_words(kind), f"{kind.__name__}: repr=False, so that it leaves the command line"


def _is_text(annotation: Any) -> bool:
    return annotation is str or any(_is_text(each) for each in get_args(annotation) if get_origin(annotation))


def _every_option() -> Iterator[tuple[tuple[str, ...], str, str]]:
    def walk(app: App, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if app.default_command is not None:
            for each in app.assemble_argument_collection(parse_docstring=True):
                if _is_text(each.hint):
                    yield path, each.names[0], each.parameter.help or ""
        for name in app:
            if not name.startswith("-"):
                yield from walk(app[name], (*path, name))

    yield from walk(make_app(), ())


def test_every_option_of_text_is_an_id_or_says_how_its_words_are_given() -> None:
    """An option that is new is either named above or reads files and standard input."""
    unsaid = [
        (path, name)
        for path, name, about in _every_option()
        if "`@FILE`" not in about
        and name not in NOBODYS_WORDS
        and not (name == "--reason" and path in CODE_WORDS)
        and not (name == "--name" and path in NAMES_OF_KEYS)
    ]
    assert unsaid == []


@every_act
def test_words_of_an_act_come_from_files(
    subject: str, act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUQIU_DATA", str(tmp_path / "data"))
    said = _words_of(act)
    given: list[dict[str, Any]] = []

    def carried_out(*arguments: Any, **_: object) -> int:
        given.append(arguments[3])
        return 0

    monkeypatch.setattr("cli.acts.act", carried_out)
    monkeypatch.setattr("cli.acts.look", carried_out)
    for field in said:
        (tmp_path / f"{field}.txt").write_text(f"{CANARY} {field}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    typed = _typed(subject, act, {field: f"@{field}.txt" for field in said})
    if issubclass(act.command, ResidentsWord) and "--by" not in typed:
        (tmp_path / "code.txt").write_text("K7QM-3TXA-9P\n")
        typed += ["--code-from", "code.txt"]
    own = set() if act.own is None else set(inspect.signature(act.own).parameters)
    assert run(typed) == 0
    assert {field: given[0].get(field) for field in said if field not in own} == {
        field: f"{CANARY} {field}" for field in said if field not in own
    }
    assert CANARY not in " ".join(typed)


@every_act
def test_an_act_without_its_words_is_refused_where_nobody_can_be_asked(subject: str, act: Act, inside: Inside) -> None:
    needed = [field for field in _words_of(act) if act.command.model_fields[field].is_required()]
    if needed:
        answer = inside(*_typed(subject, act, {}))
        assert answer.code == 2
        assert f"{option(needed[0])}: expected it: {option(needed[0])} - reads standard input" in answer.err


def _words_of(act: Act) -> list[str]:
    return [field for field in act.command.model_fields if field in fields_of_words(act.command)]


def _typed(subject: str, act: Act, said: dict[str, str]) -> list[str]:
    """The example of an act with the words given so; the words it has itself are left out."""
    words, names = shlex.split(act.example), {option(field) for field in _words_of(act)}
    kept = [each for before, each in zip(["", *words], words, strict=False) if not {before, each} & names]
    given = [part for field, value in said.items() for part in (option(field), value)]
    return [subject, act.command.NAME, "SQ-8F2K-M3QT-9WVB-0C4E7", *kept, *given]


@pytest.mark.parametrize(
    ("typed", "content", "said"),
    [
        (("--reason", "@empty.txt"), b" \n", "--reason: expected words; the file is empty"),
        (("--reason", "@gbk.txt"), "理由".encode("gbk"), "--reason: expected text in UTF-8"),
        (("--reason", "@long.txt"), b"x" * (LARGEST_BYTES + 1), "--reason: expected at most 1 MiB"),
        (("--reason", "@none-such.txt"), None, "@ names a file to read, and it cannot be read: No such file"),
        (("--reason", "@"), None, "expected a file's name after @"),
        (("--reason", "-"), None, "--reason: expected words; standard input is empty"),
    ],
)
def test_what_is_no_text_is_refused_and_not_echoed(
    inside: Inside,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: tuple[str, ...],
    content: bytes | None,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / typed[1].removeprefix("@")).write_bytes(content)
    answer = inside("petition", "dispute", "SQ-8F2K-M3QT-9WVB-0C4E7", *typed)
    assert answer.code == 2
    assert said in answer.err
    assert "none-such" not in answer.err, "what follows the @ may be somebody's words"


def test_standard_input_is_read_for_one_option(inside: Inside) -> None:
    answer = inside(
        *("petition", "reply", "SQ-8F2K-M3QT-9WVB-0C4E7", "--by", "a", "--outcome", "resolved"),
        *("--text", "-", "--grounds", "-"),
        given=CANARY,
    )
    assert answer.code == 2
    assert "--grounds: standard input is --text's already; give this one as @FILE" in answer.err
    assert CANARY not in answer.err


def test_no_file_of_the_data_folder_is_taken_for_words(inside: Inside) -> None:
    """Whoever passes somebody's words on as they are does not give them the master key."""
    key = inside.data / "keys" / "master.key"
    key.parent.mkdir(parents=True)
    key.write_text("secret\n")
    (inside.data.parent / "shortcut").symlink_to(key)
    for name in (key, inside.data.parent / "shortcut", inside.data / "keys" / ".." / "keys" / "master.key"):
        answer = inside("submit", f"@{name}")
        assert answer.code == 2
        assert "TEXT: a file of the data folder holds nobody's words" in answer.err


@pytest.mark.parametrize(
    "typed",
    [
        ("petition", "return", "SQ-1", "--by", "a", "--reason", "不属于", CANARY),
        ("submit", "路灯", f"--nmae={CANARY}"),
        ("submit", "路灯", f"--phonee={NUMBER}", "--json"),
    ],
)
def test_words_that_the_parser_did_not_understand_are_not_echoed(inside: Inside, typed: tuple[str, ...]) -> None:
    answer = inside(*typed)
    assert answer.code == 2
    assert CANARY not in answer.out + answer.err
    assert NUMBER not in answer.out + answer.err


@pytest.mark.engine
def test_the_list_of_processes_has_nothing_of_a_petition_that_is_given_so(suqiu: Shell, tmp_path: Path) -> None:
    (tmp_path / "phone").write_text(NUMBER)
    (tmp_path / "name").write_text(f"{CANARY}\r\n", "utf-8-sig")
    typed = [PROGRAM, "submit", "-", "--phone", f"@{tmp_path / 'phone'}", "--name", f"@{tmp_path / 'name'}"]
    with subprocess.Popen(
        typed, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=suqiu.env()
    ) as submitting:
        seen = Path(f"/proc/{submitting.pid}/cmdline").read_bytes()
        out, err = submitting.communicate(f"（虚构）{CANARY}家的灯坏了\n".encode(), timeout=60)
    assert submitting.returncode == 0, err
    assert CANARY.encode() not in seen
    assert NUMBER.encode() not in seen
    receipt = out.decode().split()[1]
    # Typed, it is the same petition: nothing but the way it was given differs.
    again = suqiu("submit", f"（虚构）{CANARY}家的灯坏了", "--phone", NUMBER, "--name", CANARY, "--json")
    assert again.row["receipt"] == receipt
    assert again.row["repeated"]
    read = ("petition", "read", receipt, "--by", "window-1", "--field", "name", "--field", "phone", "--json")
    opened = suqiu(*read, "--reason", "-", given="核对\n").row["fields"]
    assert opened == {"name": CANARY, "phone": f"+86{NUMBER}"}


@pytest.mark.engine
def test_the_words_of_an_order_come_from_files_too(here: Inside, tmp_path: Path) -> None:
    for name, said in (("text", "想有人教数学"), ("age", "72"), ("phone", NUMBER), ("id", f"id-{CANARY}")):
        (tmp_path / name).write_text(said, "utf-8")
    typed = ["order", "post", f"@{tmp_path}/text", "--service", "homework-help", "--age", f"@{tmp_path}/age"]
    typed += ["--phone", f"@{tmp_path}/phone", "--external-id", f"@{tmp_path}/id", "--json"]
    first = here(*typed).row
    assert first["first"]
    assert first.pop("code"), "told once"
    assert here(*typed).row == {**first, "repeated": True}


class Terminal:
    """A program with a terminal of its own."""

    def __init__(self, shell: Shell, *typed: str) -> None:
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [PROGRAM, *typed], stdin=theirs, stdout=theirs, stderr=theirs, env=shell.env(), start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def until(self, fragment: str) -> None:
        deadline = time.monotonic() + 60
        while fragment not in self.seen:
            assert time.monotonic() < deadline, self.seen
            try:
                self.seen += os.read(self.ours, 4096).decode(errors="replace")
            except OSError:
                raise AssertionError(self.seen) from None

    def answer(self, line: str) -> None:
        os.write(self.ours, f"{line}\n".encode())

    def end(self) -> int:
        while True:
            try:
                if not (more := os.read(self.ours, 4096)):
                    break
            except OSError:  # Linux says so when nobody holds the other end any more
                break
            self.seen += more.decode(errors="replace")
        os.close(self.ours)
        return self.process.wait(60)


@pytest.mark.engine
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_at_a_terminal_what_is_left_out_is_asked_for(suqiu: Shell) -> None:
    asked = Terminal(suqiu, "submit", "--phone", "-", "--channel", "counter")
    asked.until("诉求内容 TEXT: ")
    asked.answer("（虚构）一楼的灯坏了，请维修路灯")
    asked.until("电话 phone: ")
    asked.answer(NUMBER)
    asked.until("SQ-")
    assert asked.end() == 0, asked.seen

    typed = Terminal(suqiu, "submit", "（虚构）二楼的灯坏了", "--name", CANARY)
    typed.until("SQ-")
    assert typed.end() == 0, typed.seen
    assert "TEXT, --name: " in " ".join(typed.seen.split())
    assert "is seen by others on this machine" in " ".join(typed.seen.split())


@pytest.mark.engine
def test_a_script_that_types_its_words_is_not_told_each_time(here: Inside) -> None:
    answer = here("submit", "（虚构）三楼的灯坏了", "--name", CANARY)
    assert (answer.code, answer.err) == (0, "")
    literal = here("submit", "@@物业：门口的灯坏了", "--json")
    assert literal.code == 0
    shown = here("petition", "read", literal.row["receipt"], "--by", "window-1", "--reason", "核对", "--json")
    assert shown.row["fields"]["text"] == "@物业：门口的灯坏了"
