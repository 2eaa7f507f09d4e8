"""`suqiu`: the table of contents of its commands, and how each ends."""

import inspect
import sys
from collections.abc import Callable
from importlib.metadata import version

from cyclopts import App, CycloptsError, Group, Parameter

from cli import classify, demo, outbox, submit
from cli.evidence import audit, audit_cosign, audit_deadline, audit_vouch, dossier, note_times, put_back, replay, traces
from cli.failures import FAILED, INTERRUPTED, WRONG_USE, told
from cli.figures import ledger, ping_pong, recurring, report, scorecard, settlement, worklist, workload
from cli.orders import acts as order_acts
from cli.orders import commitments, order
from cli.orders import lists as order_lists
from cli.petitions import acts, petition
from cli.petitions import may as petition_may
from cli.residents import erasure_requests, keys, resident
from cli.rulebook import adopt as rulebook_adopt
from cli.rulebook import book as rulebook
from cli.rulebook import people as rulebook_people
from cli.rulebook import scenarios
from cli.running import backup, doctor, projections, reconcile, schedules, store, up, workflows
from cli.running import processes as parts
from cli.screen import ERR, emit

SEE = Group("See", sort_key=2)
ACT = Group("Take in and act", sort_key=1)
RUN = Group("Run", sort_key=0)
RULES = Group("Rules", sort_key=3)
CARE = Group("Look after it", sort_key=4)

Command = tuple[Callable[..., int], str, Group | None, str]
"""A function, its name on the command line, where help shows it, and an example."""

COMMANDS: tuple[Command, ...] = (
    (up.up, "up", RUN, "suqiu up --data /srv/suqiu"),
    (demo.demo, "demo", RUN, "suqiu demo\nsuqiu demo --keep"),
    (parts.worker, "worker", RUN, "SUQIU_DATABASE_URL=postgresql://… SUQIU_TEMPORAL_PROFILE=production suqiu worker"),
    (parts.relay, "relay", RUN, "suqiu relay"),
    (parts.project, "project", RUN, "suqiu project"),
    (parts.messenger, "messenger", RUN, "suqiu messenger"),
    (submit.submit, "submit", ACT, "suqiu submit 楼道的灯坏了三天了\nsuqiu submit --from messages.jsonl --json"),
    (ledger.ledger, "ledger", SEE, "suqiu ledger --open --category legal\nsuqiu ledger --overdue --json"),
    (
        outbox.outbox,
        "outbox",
        SEE,
        "suqiu outbox --status failed\nsuqiu outbox --read ID --by window-1 --reason 电话告知",
    ),
    (worklist.worklist, "worklist", SEE, "suqiu worklist\nsuqiu worklist --unit window --due-soon"),
    (commitments.commitments, "commitments", SEE, "suqiu commitments\nsuqiu commitments --unit partner-school --json"),
    (
        scorecard.scorecard,
        "scorecard",
        SEE,
        "suqiu scorecard --period 2025-10\nsuqiu scorecard --explain window --period 2025-Q4 --csv window.csv",
    ),
    (settlement.settlement, "settlement", SEE, "suqiu settlement --period 2025-Q4"),
    (workload.workload, "workload", SEE, "suqiu workload\nsuqiu workload --staff --period 2025-10 --xlsx staff.xlsx"),
    (ping_pong.ping_pong, "ping-pong", SEE, "suqiu ping-pong --period 2025-10\nsuqiu ping-pong --petitions"),
    (recurring.recurring, "recurring", SEE, "suqiu recurring\nsuqiu recurring --days 30 --as-of 2025-10-31T17:30"),
    (
        classify.classify,
        "classify",
        RULES,
        "suqiu classify 拖欠工资三个月\nsuqiu classify --from messages.jsonl --json",
    ),
    (
        replay.replay,
        "replay",
        CARE,
        "suqiu replay SQ-8F2K-M3QT-9WVB-0C4E7\nsuqiu replay --all --under rulebook/linhe",
    ),
    (schedules.schedules, "schedules", CARE, "suqiu schedules\nsuqiu schedules apply"),
    (doctor.doctor, "doctor", CARE, "suqiu doctor"),
    (backup.backup, "backup", CARE, "suqiu backup /mnt/backup/suqiu --keys /mnt/safe/suqiu.keys"),
    (backup.restore, "restore", CARE, "suqiu restore /mnt/backup/suqiu --keys /mnt/safe/suqiu.keys --data /srv/suqiu"),
)
GROUPS: tuple[tuple[str, str, Group, tuple[Command, ...]], ...] = (
    (
        "petition",
        "One petition: see it, and do what comes next.",
        ACT,
        (*petition.COMMANDS, *petition_may.COMMANDS, *acts.COMMANDS),
    ),
    (
        "order",
        "Service orders: ordered, claimed, delivered, rated.",
        ACT,
        (*order.COMMANDS, *order_acts.COMMANDS, *order_lists.COMMANDS),
    ),
    (
        "rulebook",
        "What the rules say.",
        RULES,
        (
            (rulebook.check, "check", None, "suqiu rulebook check rulebook/baiyang/rulebook.yaml"),
            (
                rulebook.deadline,
                "deadline",
                None,
                "suqiu rulebook deadline --received 2025-09-30T15:00 --tier district",
            ),
            (
                rulebook_adopt.adopt,
                "adopt",
                None,
                "suqiu rulebook adopt rulebook/baiyang --from 2026-01-01 --by leader-1",
            ),
            (rulebook_people.units, "units", None, "suqiu rulebook units --tier district"),
            (
                rulebook_people.staff,
                "staff",
                None,
                "suqiu rulebook staff --unit window\nsuqiu rulebook staff --role leader",
            ),
            (scenarios.scenarios, "scenarios", None, "suqiu rulebook scenarios rulebook/baiyang"),
        ),
    ),
    (
        "resident",
        "Residents' personal data: erased by two people, or when its time is over.",
        ACT,
        (*erasure_requests.COMMANDS, *resident.COMMANDS),
    ),
    ("export", "The log for auditors and process mining, without personal data.", SEE, traces.COMMANDS),
    ("store", "The tables of the log, made by their owner.", CARE, store.COMMANDS),
    ("keys", "The keys of personal data, apart from the events.", CARE, keys.COMMANDS),
    (
        "projections",
        "The read models: how far they are, and making one anew.",
        CARE,
        (
            (projections.status, "status", None, "suqiu projections status"),
            (projections.rebuild, "rebuild", None, "suqiu projections rebuild ledger"),
        ),
    ),
    (
        "report",
        "Reports: figures at a date, kept in the log with their hash.",
        SEE,
        (
            (report.list_, "list", None, "suqiu report list --kind scorecard"),
            (report.show, "show", None, "suqiu report show scorecard-2025-10.1"),
            (report.make, "make", None, "suqiu report make publication --period 2025-Q4 --csv published.csv"),
            (report.verify, "verify", None, "suqiu report verify scorecard-2025-10.1"),
        ),
    ),
    (
        "audit",
        "The record, and whether it holds.",
        CARE,
        (
            *audit.COMMANDS,
            (put_back.missing, "missing", None, "suqiu audit missing"),
            (
                put_back.accept_loss,
                "accept-loss",
                None,
                "suqiu audit accept-loss --by leader-1 --reason disk_lost",
            ),
            (audit_cosign.cosign, "cosign", None, "suqiu audit cosign from-the-witness.txt"),
            audit_vouch.COMMAND,
            note_times.COMMAND,
            dossier.COMMAND,
            (audit_deadline.deadline, "deadline", None, "suqiu audit deadline SQ-8F2K-M3QT-9WVB-0C4E7 --clock tier"),
        ),
    ),
    (
        "workflows",
        "The engine's side of open petitions.",
        CARE,
        (
            (workflows.rebuild, "rebuild", None, "suqiu workflows rebuild"),
            (reconcile.reconcile, "reconcile", None, "suqiu workflows reconcile --dry-run"),
        ),
    ),
)


def make_app() -> App:
    """The whole command tree."""
    app = App(
        name="suqiu",
        help="诉求: a workflow engine for petitions. Start with `suqiu up`, then `suqiu submit`, then `suqiu ledger`.",
        help_epilogue=_example("suqiu up"),
        help_format="plaintext",
        version=version("suqiu"),
        default_parameter=Parameter(negative=(), show_default=False),
        exit_on_error=False,
        print_error=False,
        result_action="return_value",
        suppress_keyboard_interrupt=False,  # `run` answers it: the interpreter's own way out may wait for ever
    )
    for command in COMMANDS:
        _add(app, command)
    for name, about, group, commands in GROUPS:
        acts_of = "\n".join(example for _, _, _, example in commands)
        branch = App(name=name, help=about, group=group, help_epilogue=_example(acts_of))
        for command in commands:
            _add(branch, command)
        app.command(branch)
    return app


def _add(app: App, command: Command) -> None:
    function, name, group, example = command
    app.command(function, name=name, group=group, help=_about(function), help_epilogue=_example(example))


def _about(function: Callable[..., int]) -> str:
    """The docstring up to its parameters, a line a paragraph: terminals break lines where they end."""
    described = inspect.cleandoc(function.__doc__ or "").split("\nParameters\n---")[0]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in described.strip().split("\n\n"))


def _example(lines: str) -> str:
    head = "Examples:" if "\n" in lines else "Example:"
    return head + "".join(f"\n  {line}" for line in lines.splitlines())


def run(arguments: list[str]) -> int:
    """Carry out a command line and answer its exit code; what is expected to go wrong is said in a sentence."""
    try:
        code = make_app()(arguments)
    except CycloptsError as error:
        asked = " ".join(("suqiu", *(error.command_chain or ())))
        return _say(arguments, WRONG_USE, f"{error} See `{asked} --help`.".replace("\n", " "))
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


def _say(arguments: list[str], code: int, sentence: str) -> int:
    if "--json" in arguments:
        emit({"error": sentence})
    ERR.print(f"suqiu: {sentence}", style="red", markup=False, soft_wrap=True)
    return code


def main() -> None:
    """The program."""
    code = run(sys.argv[1:])
    if code == INTERRUPTED or "temporalio" in sys.modules:
        # Threads of the SDK's core may run, or may just have been begun when Ctrl-C came: the interpreter's end waits
        # for them, sometimes for ever.
        from machine.interpreter_exit import leave

        leave(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
