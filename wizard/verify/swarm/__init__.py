"""What is observed only where a service has tasks on several nodes."""
