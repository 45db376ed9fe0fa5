"""Functions that the tests that run the real binary share. Python's standard library only."""
