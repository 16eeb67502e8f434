"""What follows from each event, by who caused it: the customer, the answerer, an agent, the clock.

`change.Change` gathers the consequences; `handoff` has the steps that several of them share.
"""
