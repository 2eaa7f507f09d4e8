"""Exports of the log for process mining, without personal data: what was done, by which role, under which rule.

`choosing.py` selects cases: petitions, their service orders, their messages. `occurrences.py` turns events into plain
facts; `ocel.py`, `xes.py`, `table.py` (CSV) and `parquet.py` write them, case by case; messages, which are no cases,
are in OCEL only. Petitions and orders keep their ids, so that an auditor can find their events; residents and staff
have pseudonyms of one export: nobody can be followed from one export to another, nor into the log.
"""
