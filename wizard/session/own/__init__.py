"""The checklist of a stack's own: its text, its shape, what is wrong with it, and what is made of it."""
