"""The model elements, a file each: an element in, a `Kernel` out. `table.py` is the list."""
