"""Who runs it: activities' bodies, relay, projection runner, embedded servers, composition.

Only `composition.py` builds concrete things; only this room, `web/` and `cli/` do input and output.
"""
