"""The project measured against its floors: each module prints its figures."""
