"""Who runs it: activities' bodies, handlers, intake, worker processes; and a room for each concern beside them.

`machine/` embedded servers and the data folder · `reading/` relay, projection runner, rebuilding · `rules/` the
rulebook in force · `messaging/` letters to residents and units · `rhythm/` schedules, reports, reconciler ·
`service_orders/` · `evidence/` checkpoints, audit, replay, exports · `keys/` master key and erasure ·
`demo_district/` the demo's story.

Only `composition.py` builds concrete things; only this room, `web/` and `cli/` do input and output.
"""
