"""The same doors from a shell: `suqiu …`, one file a group of commands. Every command: `docs/commands.md`.

May import every other room. A command parses, calls, renders; it decides nothing. A command's file is imported once
the command is asked for, and heavy parts inside the functions that need them, so that start-up and help are quick:
tests hold both to it.

`main.py` is the table of contents; `commands.py` of a room has the groups of commands that live there. A new command:
a function, a line with an example there, then `make docs`.

Exit codes: 0 done, 1 failed (or not possible now), 2 wrong use or bad input, 3 judged, but not under the rules in
force; an error of ours carries its own (`rulebook.problems.Expected`).

An act on a petition or an order: a line in its `acts.py`; `acts.py` here makes its options of its command's fields,
`acting.py` carries it out.

`petitions/` a petition's page and acts · `orders/` · `residents/` their data, keys, erasure · `rulebook/` · `figures/`
lists, scorecards, reports · `evidence/` audit, replay, exports · `running/` what runs, and looking after it.
"""
