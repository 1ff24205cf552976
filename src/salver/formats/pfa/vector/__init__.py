"""Documents that compute only with numbers and trees, for many rows at once."""
