"""Decision trees as tables of comparisons, and the ways to run many of them over many rows. Knows no file format."""
