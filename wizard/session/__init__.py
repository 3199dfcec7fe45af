"""REMEMBER, a little: answers, manifests, drafts, the lock; and what is next, from the repository alone."""
