"""The text of everything the wizard generates, a folder a phase; found with `importlib.resources.files("templates")`."""
