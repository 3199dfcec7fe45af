"""Judges phase 1: the service's code."""
