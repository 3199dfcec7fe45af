"""Execution: fills orders on paper."""
