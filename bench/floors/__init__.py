"""The floors: the same outside behaviour with nothing but the durable writes, or with none at all."""
