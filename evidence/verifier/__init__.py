"""The source of a dossier's verifier: short files, in the order of `assemble.py`.

`assemble.py` makes `evidence/dossiers/verify.py` of them (`make verifier`): one file that goes into every dossier and
that the program runs itself. Nothing else imports these, and they import nothing of ours, so that days are counted by a
second, independent implementation. They run on Python 3.9 with `cryptography`.
"""
