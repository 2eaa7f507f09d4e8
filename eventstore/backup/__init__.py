"""The log in a folder of files, whole and checked, and back into an empty store.

`manifest.json` says what there is; the rest are gzipped texts as PostgreSQL's COPY writes and reads them, so that a
store can be filled from them by psql alone. Events are in stretches that are never written again: another backup into
the same folder adds what is new. Keys are not in it (`eventstore/key_backup.py`), nor is anything made from the log.
"""
