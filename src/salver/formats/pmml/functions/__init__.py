"""The built-in functions of PMML, a file a family; `table.py` is on top."""
