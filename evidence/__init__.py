"""What is shown in a dispute: checkpoints, witness, audit, replay, files for auditors; `dossiers/` all of one case.

`notary.py` signs the log · `witness.py` countersigns it elsewhere · `auditing.py` recomputes every row · `replaying.py`
decides a case again · `verifier/` is what the verifier in a dossier is made of: it imports nothing of ours. May import
`office` and what is below it; knows no engine.
"""
