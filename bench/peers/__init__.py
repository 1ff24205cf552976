"""Other servers, each installed into a virtual environment of its own, started as their manuals say."""
