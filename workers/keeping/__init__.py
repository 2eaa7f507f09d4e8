"""What keeps Temporal as the log says, beside the worker (`keeper`): its ground (`ground`), workflows whose task fails
(`task_failures`, `mending`), an engine that is behind the log (`behind`); and all of it brought back (`bringing_back`).

May import readers, rhythm and messaging; nothing here decides what a petition owes.
"""
