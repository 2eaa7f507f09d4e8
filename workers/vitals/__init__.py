"""What is true now of the store, the engine and this machine, as figures: one file a subject.

`suqiu doctor` (machine/diagnosis/) says them in words, the metrics (workers/metrics/) as gauges: the same
questions, so that both tell the same. Each is asked on a connection or client of the caller, costs milliseconds on a
store of any size, changes nothing, and raises what the connection raises. What one query answers is asked of the room
that owns the table: checkpoints (`eventstore/proofs/archive.py`), adoptions (`eventstore/adoptions.py`), messages
(`projections/outbox.py`).
"""
