"""`suqiu doctor`: one file a subject, each of functions that answer `Check`s; none raises.

`examination.py` has the order. A function here may import what it looks at; nothing but a door imports this package. To
add a check: a file for its subject (or a function in one that is there), and a line in `examination.py`.
"""
