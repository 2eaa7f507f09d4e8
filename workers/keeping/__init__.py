"""Keeps Temporal as the log says, beside the worker (`keeper`): what it needs (`ground`), workflows whose task fails
(`task_failures`, `mending`), an engine that is behind the log (`behind`); and all of it restored (`bringing_back`).

May import readers, rhythm and messaging; nothing here decides a petition's next step.
"""
