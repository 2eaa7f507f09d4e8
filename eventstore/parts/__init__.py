"""The long-running parts as all of them see each other: heartbeats in the store, and who holds what.

`pulse.py` writes a part's heartbeat, `register.py` reads everybody's. `eventstore/readers.py` hands a lock on from
a holder that is silent.
"""
