"""Asks about one service: the questions, and what a wrong answer was meant to be."""
