"""The same doors from a shell: `suqiu …`, one file a group of commands. Every command: `docs/commands.md`.

May import every other room but `web`. A command parses, calls, renders; it decides nothing. Heavy parts are
imported inside the functions that need them, so that start-up is quick: a test holds `suqiu --help` to it.

`main.py` is the table of contents. A new command: a function in the file of its group, a line with an example there,
then `make docs`. Exit codes: 0 done, 1 failed (or not possible now), 2 wrong use or bad input; an error of
ours carries its own (`rulebook.problems.Expected`).

`petitions/` a petition's page and acts · `orders/` · `residents/` their data, keys, erasure · `rulebook/` · `figures/`
lists, scorecards, reports · `evidence/` audit, replay, exports · `running/` what runs, and looking after it.
"""
