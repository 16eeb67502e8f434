"""The load: customers and agents that write as fast as they are answered, and the world they live in."""
