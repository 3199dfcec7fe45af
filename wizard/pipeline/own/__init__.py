"""What a stack has of its own beside its files: which commands are trusted, which patterns it follows."""
