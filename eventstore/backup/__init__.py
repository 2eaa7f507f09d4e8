"""The log copied to a folder of files, complete and verified, and written back into an empty store.

`manifest.json` lists the files; the rest are gzipped texts as PostgreSQL's COPY writes and reads them, so that a store
can be filled from them by psql alone. Files of events are never rewritten: another backup into the same folder adds new
ones. Keys are not in it (`eventstore/key_backup.py`), nor is anything derived from the log.
"""
