"""What people see: one read model a file — its table, what it takes from events, its queries.

May import `aggregates` and `rulebook`. Disposable: each can be dropped and rebuilt from the log. Nothing decides here.
"""
