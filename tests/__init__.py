"""The tests: each folder is a kind, each kind answers one question."""
