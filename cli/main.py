"""`suqiu`: the table of contents of its commands, and how each ends."""

import resource
import sys

from cyclopts import App, CycloptsError, Group, Parameter, UnknownOptionError, UnusedCliTokensError

from cli.failures import FAILED, INTERRUPTED, WRONG_USE, told
from cli.help import about, example
from cli.screen import ERR, emit
from cli.words import spelt

SEE = Group("See", sort_key=2)
ACT = Group("Take in and act", sort_key=1)
RUN = Group("Run", sort_key=0)
RULES = Group("Rules", sort_key=3)
CARE = Group("Look after it", sort_key=4)

Entries = tuple[tuple[str, str, str], ...]
"""Where a command is, which is called as its function; what lists say of it: its docstring begins so; an example."""

_RUN: Entries = (
    (
        "cli.running.up:up",
        "Run everything on this machine: PostgreSQL, Temporal, worker, relay, read models.",
        "suqiu up --data /srv/suqiu",
    ),
    (
        "cli.demo:demo",
        "Play two weeks of a fictional district on the real engine, in about half a minute.",
        "suqiu demo\nsuqiu demo --keep",
    ),
    (
        "cli.running.processes:worker",
        "Run a worker: it carries out what is due. As many at once as you like, on as many machines.",
        "SUQIU_DATABASE_URL=postgresql://… SUQIU_TEMPORAL_PROFILE=production suqiu worker",
    ),
    (
        "cli.running.processes:relay",
        "Run the relay: it starts and wakes workflows from the event log. One works, others stand by.",
        "suqiu relay",
    ),
    (
        "cli.running.processes:project",
        "Update the read models from the event log. Each is maintained by one process; further ones wait as standby.",
        "suqiu project",
    ),
    (
        "cli.running.processes:messenger",
        "Write what residents and units are told, and send what a gateway carries. One writes, all of them send.",
        "suqiu messenger",
    ),
)
_ACT: Entries = (
    (
        "cli.submit:submit",
        "Take petitions in; each gets a receipt as soon as it is safe. Safe to repeat: the same row, the same receipt.",
        "suqiu submit @text.txt --phone @phone.txt\nsuqiu submit --from messages.jsonl --json",
    ),
)
_SEE: Entries = (
    (
        "cli.figures.ledger:ledger",
        "List petitions, oldest first. No personal data. Written to a file, the list is whole, whatever --limit says.",
        "suqiu ledger --open --category legal\nsuqiu ledger --overdue --json",
    ),
    (
        "cli.outbox:outbox",
        "List what residents and units are told, oldest first, without its text; or open one text, saying why.",
        "suqiu outbox --status failed\nsuqiu outbox --read ID --by window-1 --reason @reason.txt",
    ),
    (
        "cli.figures.worklist:worklist",
        "List what a unit has to act on: urgent first, then by deadline. Without a unit: how much waits at each.",
        "suqiu worklist\nsuqiu worklist --unit window --due-soon",
    ),
    (
        "cli.orders.commitments:commitments",
        "Show per team and partner unit what was claimed, kept and not kept, and how far signed commitments are.",
        "suqiu commitments\nsuqiu commitments --unit partner-school --json",
    ),
    (
        "cli.figures.scorecard:scorecard",
        "Score units: of what came to each in a period, what was responded to, in time, resolved, and to whose liking.",
        "suqiu scorecard --period 2025-10\nsuqiu scorecard --explain window --period 2025-Q4 --csv window.csv",
    ),
    (
        "cli.figures.settlement:settlement",
        (
            "Show at which level things were settled: in the grid (by a section or building lead on the "
            "spot), or at a tier."
        ),
        "suqiu settlement --period 2025-Q4",
    ),
    (
        "cli.figures.workload:workload",
        "Show what each unit has on its hands, and how much that is for 1,000 residents and for each of its people.",
        "suqiu workload\nsuqiu workload --staff --period 2025-10 --xlsx staff.xlsx",
    ),
    (
        "cli.figures.ping_pong:ping_pong",
        "Show what units sent on to each other by return or transfer, by pair of units.",
        "suqiu ping-pong --period 2025-10\nsuqiu ping-pong --petitions",
    ),
    (
        "cli.figures.recurring:recurring",
        "Show matters that come back in a section of the grid: as often as the rulebook says, within its days.",
        "suqiu recurring\nsuqiu recurring --days 30 --as-of 2025-10-31T17:30",
    ),
)
_RULES: Entries = (
    (
        "cli.classify:classify",
        "Propose category, tier and matter, with reasons, for texts or the rows of a file. Changes nothing.",
        "suqiu classify @text.txt\nsuqiu classify --from messages.jsonl --json",
    ),
)
_CARE: Entries = (
    (
        "cli.evidence.replay:replay",
        "Decide a case again, step by step, and say what differs; exit 1 if anything does.",
        "suqiu replay SQ-8F2K-M3QT-9WVB-0C4E7\nsuqiu replay --all --under rulebook/linhe",
    ),
    (
        "cli.running.schedules:schedules",
        "List the schedules of the rulebook's rhythm, or apply the rulebook to them. `suqiu up` applies it by itself.",
        "suqiu schedules\nsuqiu schedules apply",
    ),
    (
        "cli.running.doctor:doctor",
        "Check what a start needs and a running office shows; say what is wrong and what to do. Exit 1 if anything is.",
        "suqiu doctor",
    ),
    (
        "cli.running.backup:backup",
        "备份: write the whole log into a folder and the keys into a file apart from it, while everything runs.",
        "suqiu backup /mnt/backup/suqiu --keys /mnt/safe/suqiu.keys",
    ),
    (
        "cli.running.backup:restore",
        "恢复: put a backup back into an empty store, and verify it.",
        "suqiu restore /mnt/backup/suqiu --keys /mnt/safe/suqiu.keys --data /srv/suqiu",
    ),
)
COMMANDS = ((RUN, _RUN), (ACT, _ACT), (SEE, _SEE), (RULES, _RULES), (CARE, _CARE))
GROUPS = (
    (ACT, "cli.petitions.commands:PETITION", "One petition: see it, and do what comes next."),
    (ACT, "cli.orders.commands:ORDER", "Service orders: ordered, claimed, delivered, rated."),
    (RULES, "cli.rulebook.commands:RULEBOOK", "What the rules say."),
    (
        ACT,
        "cli.residents.commands:RESIDENT",
        "Residents' personal data: erased by two people, or when its time is over.",
    ),
    (SEE, "cli.evidence.commands:EXPORT", "The log for auditors and process mining, without personal data."),
    (CARE, "cli.running.commands:STORE", "The tables of the log, made by their owner."),
    (CARE, "cli.residents.commands:KEYS", "The keys of personal data, apart from the events."),
    (CARE, "cli.running.commands:PROJECTIONS", "The read models: how far they are, and making one anew."),
    (SEE, "cli.figures.commands:REPORT", "Reports: figures at a date, kept in the log with their hash."),
    (CARE, "cli.evidence.commands:AUDIT", "The record, and whether it holds."),
    (CARE, "cli.running.commands:WORKFLOWS", "The engine's side of open petitions."),
)
"""Groups of commands: where help shows one, where it is, and what it is about."""


def make_app() -> App:
    """The whole command tree. No command is imported before it is asked for."""
    app = App(
        name="suqiu",
        help="诉求: a workflow engine for petitions. Start with `suqiu up`, then `suqiu submit`, then `suqiu ledger`.",
        help_epilogue=example("suqiu up"),
        help_format="plaintext",
        version=_version,
        default_parameter=Parameter(negative=(), show_default=False),
        exit_on_error=False,
        print_error=False,
        result_action="return_value",
        suppress_keyboard_interrupt=False,  # `run` answers it: the interpreter's own way out may wait for ever
    )
    for group, entries in COMMANDS:
        for path, line, typed in entries:
            app.command(path, group=group, help=line, help_epilogue=example(typed))
    for group, path, line in GROUPS:
        app.command(path, group=group, help=line)
    return app


def _version() -> str:
    from importlib.metadata import version

    return version("suqiu")


def explained(app: App, arguments: list[str]) -> App:
    """The same tree; the command that is typed says all of its docstring, not only its line of the contents."""
    for command in app.parse_commands(arguments)[1]:
        if command.default_command is not None and not command.name[0].startswith("-"):
            command.help = about(command.default_command)
    return app


def run(arguments: list[str]) -> int:
    """Carry out a command line and answer its exit code; what is expected to go wrong is said in a sentence."""
    try:
        typed = spelt(arguments)
        code = explained(make_app(), typed)(typed)
    except CycloptsError as error:
        asked = " ".join(("suqiu", *(error.command_chain or ())))
        return _say(arguments, WRONG_USE, f"{_misread(error)} See `{asked} --help`.".replace("\n", " "))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our answer has read enough; nothing more can be said there.
        sys.stdout = None
        return FAILED
    except Exception as error:
        known = told(error)
        if known is None:
            raise
        return _say(arguments, *known)
    return code if isinstance(code, int) else 0


def _misread(error: CycloptsError) -> str:
    """What the parser did not understand, without what may be somebody's words: a text that was not kept together."""
    if isinstance(error, UnusedCliTokensError):
        number = len(error.unused_tokens or ())
        return f"Expected nothing more; found {number} more: what has blanks in it is put between quotes, or in a file."
    if isinstance(error, UnknownOptionError):
        keyword, _, value = (error.token.keyword or error.token.value).partition("=")
        return str(error).replace(f"{keyword}={value}", keyword)
    return str(error)


def _say(arguments: list[str], code: int, sentence: str) -> int:
    if "--json" in arguments:
        emit({"error": sentence})
    ERR.print(f"suqiu: {sentence}", style="red", markup=False, soft_wrap=True)
    return code


def main() -> None:
    """The program. It may get to see keys and what people wrote: it leaves no core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    code = run(sys.argv[1:])
    if code == INTERRUPTED or "temporalio" in sys.modules:
        # Threads of the SDK's core may run, or may just have been begun when Ctrl-C came: the interpreter's end waits
        # for them, sometimes for ever.
        from machine.interpreter_exit import leave

        leave(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
