"""What residents and units are told: messages as events of a stream beside each petition's (`m-…`).

`events.py` has the events, `outbox.py` folds them, `telling.py` says who is told what of an event of a petition, with
the templates of `rulebook/messages.yaml`. Pure, as all of `aggregates`.
"""
