"""The running parts' view of each other: heartbeats in the store, and who holds which advisory lock.

`pulse.py` writes a part's heartbeat, `register.py` reads everybody's. `eventstore/readers.py` takes a lock away from a
holder whose heartbeat stopped.
"""
