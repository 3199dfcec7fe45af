"""The live checks of the stack's own checklist: commands, answers of the running service, its log."""
