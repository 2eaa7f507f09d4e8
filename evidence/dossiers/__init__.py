"""The dossier of a petition: everything about it in one file that can be checked offline, with a page to read.

`contents.py` which rows belong to it · `redaction.py` who may read what · `proving.py` how it is proven · `making.py`
its files, manifest and ZIP · `giving.py` how it is given out · `verify.py` and `README.txt` go with it: the verifier is
one file that imports nothing of ours, assembled from `evidence/verifier/`: change it there. What it reads is the format
(`docs/evidence.md`).

`page_contents.py` what the page says, from the record (`page_clocks.py` the part about clocks) · `page.py` and
`page.typ` set it as a PDF · `glyphs.py` which characters its font can show.
"""
