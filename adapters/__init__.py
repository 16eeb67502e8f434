"""Everything that knows a platform: ways to customers, desks of agents, the tenants' AIs.

An adapter sees `bridge.ports` and `bridge.domain` alone. Its module's name is its `kind`.
"""
