"""Recipes: small changes of hand-written code as a person would make them, each proven, none taken unless named."""
