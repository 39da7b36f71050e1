"""A measure evaluated in plain Python: slow, obvious, and with no part of the engine."""
