"""What is shown in a dispute: checkpoints, witness, audit, replay, files for auditors; `dossiers/` all of one case.

`notary.py` signs the log · `witness.py` countersigns it elsewhere · `auditing.py` recomputes every row · `replaying.py`
decides a case again. May import `office` and what is below it; knows no engine.
"""
