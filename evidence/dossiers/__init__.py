"""The dossier of a petition: everything about it in one ZIP that can be verified offline, with a report to read.

`contents.py` which rows belong to it · `redaction.py` who may read what · `proving.py` its proofs · `making.py` its
files, manifest and ZIP · `giving.py` giving it out · `verify.py` and `README.txt` are part of it: the verifier is one
file that imports nothing of ours, assembled from `evidence/verifier/`: change it there. What it reads is the format
(`docs/evidence.md`).

`page_contents.py` the report's content, from the record (`page_clocks.py` the part about clocks) · `page.py` and
`page.typ` set it as a PDF · `glyphs.py` which characters its font can show.
"""
