"""A process that reads stretches of rows for whoever started it: a DSN and stretches on stdin, results on stdout.

It loads little, so that several are there at once: verifying is bound by the processor. The DSN is no argument, as
arguments can be read by everybody on the machine.
"""

import pickle
import sys

import psycopg

from eventstore.proofs.rows import read_stretch


def main() -> None:
    """Serve stretches until stdin ends."""
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
