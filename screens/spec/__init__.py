"""The answers about one service: how the form looks, and what can be done with it."""

from screens.spec.screen import SpecScreen

__all__ = ["SpecScreen"]
