"""What several commands need: answers, choices, phases and items by name, live checks with their progress."""
