"""A process that recomputes stretches of the log for its parent: a DSN and stretches on stdin, results on stdout.

It imports little, so that several start quickly: verifying is bound by the processor. The DSN is no argument, as
arguments can be read by everybody on the machine.
"""

import pickle
import sys

import psycopg

from eventstore.proofs.rows import read_stretch


def main() -> None:
    """Serve requests until stdin ends."""
    given, answers = sys.stdin.buffer, sys.stdout.buffer
    with psycopg.connect(pickle.load(given), autocommit=True) as connection:  # noqa: S301 - from our own parent
        while True:
            try:
                begin, end, cuts = pickle.load(given)  # noqa: S301 - from our own parent
            except EOFError:
                return
            pickle.dump(read_stretch(connection, begin, end, cuts), answers)
            answers.flush()


if __name__ == "__main__":
    main()
