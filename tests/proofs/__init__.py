"""The log proves itself: on the public vectors, by property, and on a real log that somebody has changed."""
