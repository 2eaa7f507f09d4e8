"""The dossier of a petition: everything about it in one file that can be checked offline, with a page to read.

`page_contents.py` what the page says, from the record (`page_clocks.py` the part about clocks) · `page.py` and
`page.typ` set it as a PDF · `glyphs.py` which characters its font can show.
"""
