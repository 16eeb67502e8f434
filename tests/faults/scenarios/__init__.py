"""Faults as operators meet them, each played against the product: what was done, what was seen.

    python -m tests.faults.scenarios [NUMBER…]

prints the table; `tests/faults/test_scenarios.py` runs every play as a test of its own. A play that another
test needs as well lives here, and both call it.
"""
