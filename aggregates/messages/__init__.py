"""Messages to residents and units, as events of a stream for each petition (`m-…`).

`events.py` has the events, `outbox.py` folds them, `telling.py` derives the messages of a petition's event, with the
templates of `rulebook/messages.yaml`. Pure, as all of `aggregates`.
"""
