"""Figures as ratios: what the engine does against what its parts could do bare, measured in the same run.

`make bench` prints them; `docs/performance.md` keeps them with the machine and the command. No test is timed.
"""
