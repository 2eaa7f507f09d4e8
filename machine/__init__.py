"""What one machine runs by itself: the data folder, embedded PostgreSQL and Temporal looked after for good, backups.

`servers.py` starts both and `engine_side.py` carries on what needs the engine · `diagnosis/` is `suqiu doctor`, a file
a check. May import `workers` and what is below it.
"""
