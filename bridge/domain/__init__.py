"""The pure core: what is known, what can happen, what follows.

Standard library only; no I/O, no clock, no randomness. `decide.decide` is the only entrance.
"""
