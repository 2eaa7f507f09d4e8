"""What an office does: the one way to change anything, intake, rules in force, keys, letters, reports. Knows no engine.

`composition.py` builds what one process works with · `handling.py` decides and appends · `intake.py` takes in ·
`rules/` which rulebook is in force · `keys/` master key, erasing, retention. May import `projections`, `eventstore` and
what is below them.
"""
