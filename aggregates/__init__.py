"""What is true and what may follow: events, commands, state (`evolve`), decisions (`decide`), agenda.

Pure: times, ids and texts arrive as arguments. May import `rulebook` only. What may follow what is written once,
in `what_may_follow.py`; when the next step is due, in `agenda.py`.
"""
