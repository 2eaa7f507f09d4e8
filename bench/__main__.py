"""`python -m bench [--rounds N] [--only NAME] [--json]`: every benchmark, its baseline beside it."""

import argparse
import json
import sys

from bench import dossiers, lives, rules, submissions, verify
from bench.ground import Result, ground, machine
from machine.interpreter_exit import run_and_leave
from office.logs import configure_logs

BENCHMARKS = {
    "submissions": submissions.measure,
    "lives": lives.measure,
    "lives-beside-everything": lives.measure_beside_everything,
    "verify": verify.measure,
    "appending": verify.measure_appending,
    "dossier-made": dossiers.measure,
    "dossier-verified": dossiers.measure_verifying,
    "classifying": rules.measure_classifying,
    "deadlines": rules.measure_deadlines,
}


async def main() -> int:
    """Measure and print; exit code 1 when a median misses its goal."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=sorted(BENCHMARKS))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    configure_logs("error")
    results: list[Result] = []
    for name, measure in BENCHMARKS.items():
        if given.only in (None, name):
            async with ground() as here:
                results.append(await measure(here, given.rounds))
    told = [result.as_dict() for result in results]
    if given.json:
        print(json.dumps({"machine": machine(), "results": told}, ensure_ascii=False))
    else:
        print(machine())
        for result in told:
            print(f"{result['name']} ({result['unit']})")
            for key in ("ours", "baseline", "ratios", "median_ratio", "goal"):
                print(f"  {key:13}{result[key]}")
    return 0 if all(float(str(result["median_ratio"])) >= float(str(result["goal"])) for result in told) else 1


if __name__ == "__main__":
    sys.argv[0] = "bench"
    run_and_leave(main())
