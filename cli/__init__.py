"""The same doors from a shell: `suqiu …`, one file a command. Contract: `docs/architecture.md`, "Commands".

May import `workers` and what is below it. A command parses, calls, renders; it decides nothing.
"""
