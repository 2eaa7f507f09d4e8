"""Evidence for a dispute: checkpoints, witness, audit, replay, files for auditors; `dossiers/`: all of one case.

`notary.py` signs the log · `witness.py` cosigns it elsewhere · `auditing.py` recomputes every row · `replaying.py`
decides a case again · `verifier/` is the source of the verifier in a dossier: it imports nothing of ours. May import
`office` and what is below it; knows no engine.
"""
