"""Asks and drives git: state, history, and one commit of named paths."""
