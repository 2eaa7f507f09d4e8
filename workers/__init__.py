"""Who runs the engine: the worker, its activities' bodies, and what carries the log to Temporal and back.

`processes.py` the parts, begun and ended · `engine/` Temporal as a process reaches it · `reading/` relay and read-model
loops · `messaging/` letters written and sent · `rhythm/` schedules and the reconciler · `keeping/` the engine mended
and brought back · `metrics/` and `vitals/` what is true now. May import `workflows`, `evidence` and what is below it.
"""
