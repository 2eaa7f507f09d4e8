"""`python -m tests.faults`: a run of any size, its findings and its figures."""

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

from machine.interpreter_exit import leave
from tests.faults import troubles
from tests.faults.checker import check, told
from tests.faults.figures import figures, table
from tests.faults.run import Run, Size

EXAMPLE = """example:
  python -m tests.faults --petitions 500 --faults 50 --seed 1 --seed 2 --keep runs
"""


def main() -> int:
    """Run each seed, print what was found; 1 if anything was."""
    asked = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Random load and faults from a seed against real processes; then the checker.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked.add_argument("--petitions", type=int, default=60, help="petitions that are handed in (default 60)")
    asked.add_argument("--faults", type=int, default=6, help="faults, one after the other (default 6)")
    asked.add_argument("--seed", type=int, action="append", help="of load and faults; may be given several times")
    asked.add_argument("--kinds", default=",".join(troubles.KNOWN), help="kinds of faults, with commas between")
    asked.add_argument("--acts", type=int, default=4, help="acts of people for each petition (default 4)")
    asked.add_argument("--rounds", type=int, default=0, help="without faults: so many jumps to the next deadlines")
    asked.add_argument("--keep", type=Path, help="a folder for the journals (default: none is kept unless one failed)")
    given = asked.parse_args()
    kinds = [kind for kind in given.kinds.split(",") if kind]
    if unknown := [kind for kind in kinds if kind not in troubles.KNOWN]:
        asked.error(f"--kinds: expected some of {', '.join(troubles.KNOWN)}; found {unknown[0]!r}")
    size = Size(given.petitions, given.faults, kinds, given.acts, given.rounds)
    bad = 0
    for seed in given.seed or [1]:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="sq-faults-", ignore_cleanup_errors=True) as folder:
            with Run(Path(folder), seed, size, say=lambda line: print(line, flush=True)) as run:
                evidence = run.live()
            findings = check(evidence)
            bad += bool(findings)
            if given.keep or findings:
                keep = given.keep or Path("faults-kept")
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"journal-{seed}.jsonl").write_bytes((Path(folder) / "journal.jsonl").read_bytes())
                (keep / f"findings-{seed}.txt").write_text(told(evidence, findings), "utf-8")
                (keep / f"figures-{seed}.json").write_text(json.dumps(figures(evidence), indent=1) + "\n", "utf-8")
                if findings:
                    for log in (Path(folder) / "logs").glob("*.log"):
                        (keep / f"{seed}-{log.name}").write_bytes(log.read_bytes())
        print(told(evidence, findings) if findings else f"seed {seed}: nothing found")
        print(table(figures(evidence)), f"{time.monotonic() - began:.0f} s in all", sep="\n", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended, too
    try:
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 2
    sys.stdout.flush()
    leave(code)
