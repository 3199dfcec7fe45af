"""Runs a service as a process of this machine, with real servers from Python wheels."""
