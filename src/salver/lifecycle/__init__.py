"""Which versions live: sources say what is wanted, a policy decides, the manager does one thing at a time."""
