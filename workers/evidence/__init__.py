"""What is shown in a dispute: checkpoints, witness, audit, replay, files for auditors; `dossiers/` all of one case."""
