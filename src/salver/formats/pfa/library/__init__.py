"""The library of PFA 0.8.1: 449 functions, a file a name space."""
