"""From nodes to Python: types are found, everything is checked, and source is written, in one walk over the
document."""
