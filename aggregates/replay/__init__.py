"""A case decided again from what is on record: `reconstruction` has the commands, `steps` compares, `otherwise` asks
what other rules would have led to, `promises` and `dispute` say of each deadline whether it was kept.

Pure, as all of `aggregates`. Personal texts are not needed: no decision looks into them, and a test holds that.
"""
