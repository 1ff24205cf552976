"""What compiled documents call while they run."""
