"""Answers each question of the domain in one place: names, owners, secrets, topics. Pure."""
