"""Joins the parts. The only place that knows them all; the command line calls the functions here."""
