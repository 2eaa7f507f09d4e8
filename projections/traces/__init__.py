"""The log for process mining, without personal data: what was done, by which role, under which rule.

`choosing.py` says which cases are taken: petitions, their service orders, their messages. `occurrences.py` takes events
apart; `ocel.py`, `xes.py`, `table.py` (CSV) and `parquet.py` write them, case by case; messages, which are nobody's
case, stand in OCEL only. Petitions and orders keep their ids, so that an auditor can follow them to their events;
residents and staff stand under names made for one export only: nobody can be followed from one export to another, nor
by them into the log.
"""
