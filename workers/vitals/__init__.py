"""Figures about the store, the engine and this machine as they are now: one file a subject.

`suqiu doctor` (machine/diagnosis/) puts them in words, the metrics (workers/metrics/) in gauges: from the same queries,
so that both agree. Each runs on a connection or client of the caller, costs milliseconds on a store of any size,
changes nothing, and raises what the connection raises. Single queries are in the room that owns the table: checkpoints
(`eventstore/proofs/archive.py`), adoptions (`eventstore/adoptions.py`), messages (`projections/outbox.py`).
"""
