"""What waits for what: Temporal workflows, deterministic, over ids, tiers and times only.

May import names and small messages; never a body, a database or `eventsourcing` (the sandbox would recurse).
A changed workflow replays every committed history of `tests/workflows/histories/`.
"""
