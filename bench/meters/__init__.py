"""What is read off: processor time, memory, transactions and statements."""
