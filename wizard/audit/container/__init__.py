"""Judges phase 2: Dockerfile and requirements."""
