"""The dossier of a petition: its page, and what it proves."""
