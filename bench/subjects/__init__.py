"""What is measured: the bridge as `serve` runs it, and its floors, each a process of its own."""
