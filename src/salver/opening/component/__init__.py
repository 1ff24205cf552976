"""Component: a user's class, written for Seldon's Python wrapper, as a node of a graph. Unchanged, and in process."""
