"""What the rules say: dated YAML and the pure readers of it — catalogue, clocks, calendar, ladder, units.

Knows no engine, no database, no wall clock and no randomness; texts and times arrive as arguments. Imports
nothing of ours. To change a deadline, a desk or a holiday, change the YAML of `baiyang/`, with its source and
date, and its stories in `scenarios/`; `linhe/` is a second town, as a pattern. Where the days are counted:
`clocks.py`. What a file must hold: `reading.py`, `consistency.py`.
"""
