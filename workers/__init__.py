"""Who runs the engine: the worker, its activities' bodies, and what carries the log to Temporal and back.

`processes.py` the parts, started and stopped · `engine/` Temporal as a process reaches it · `reading/` relay and
read-model loops · `messaging/` letters written and sent · `rhythm/` schedules and the reconciler · `keeping/` Temporal
repaired and restored from the log · `metrics/` and `vitals/` figures about now. May import `workflows`, `evidence` and
what is below it.
"""
