"""Replay of a case from the record: `reconstruction` finds the commands, `steps` compares, `otherwise` replays under
other rules, `promises` and `dispute` tell of each deadline whether it was kept.

Pure, as all of `aggregates`. Personal texts are not needed: no decision looks into them, and a test holds that.
"""
