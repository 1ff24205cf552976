"""Where versions come from. A source only says what is there; it knows nothing of loading."""
