"""A fault harness in the manner of generator, nemesis, checker (Jepsen): `python -m tests.faults --help`.

`load` draws from a seed what people do and `nemesis` what goes wrong; `cluster` runs the parts as processes of their
own beside a real PostgreSQL and a real Temporal; every call and its answer stand in a `journal`; `gathering` collects
what is on record afterwards, and `checker` holds the two against each other by named rules. `bugs` try it.
"""
