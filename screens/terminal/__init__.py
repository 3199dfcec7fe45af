"""What the app has of the terminal: it may be closed at any moment, and it is lent to an editor or a shell."""
