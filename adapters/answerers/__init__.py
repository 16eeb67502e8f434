"""The tenants' AIs: each module answers a turn. Its name is its `kind`."""
