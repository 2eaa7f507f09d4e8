"""What one machine runs by itself: the data folder, embedded PostgreSQL and Temporal kept running, backups.

`servers.py` starts both and `engine_side.py` runs what needs the engine · `diagnosis/` is `suqiu doctor`, one file a
check. May import `workers` and what is below it.
"""
