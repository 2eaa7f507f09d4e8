"""The log for process mining, without personal data: what was done, by which role, under which rule.

`occurrences.py` takes events apart; `ocel.py`, `xes.py`, `table.py` (CSV) and `parquet.py` write them, petition by
petition. A petition keeps its id, so that an auditor can follow it to its events; residents and staff stand under names
made for one export only: nobody can be followed from one export to another, nor by them into the log.
"""
