"""Reads what an image holds and runs: Dockerfile, requirements, health checks, shell words."""
