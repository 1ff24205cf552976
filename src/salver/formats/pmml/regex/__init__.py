"""Regular expressions of documents: Java's and PCRE's notation, matched in bounded time. `pattern.py` is on top."""
