"""Values of the types: how they are ordered, converted, read and written."""
