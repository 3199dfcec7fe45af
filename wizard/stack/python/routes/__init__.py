"""Reads which routes a web application answers."""
