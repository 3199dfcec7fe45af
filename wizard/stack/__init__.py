"""READ: looks at the stack, never writes. One reader per kind of file, text to facts with line numbers."""
