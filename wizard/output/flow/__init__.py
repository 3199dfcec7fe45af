"""The message flow as text, data, diagrams and AsyncAPI documents."""
