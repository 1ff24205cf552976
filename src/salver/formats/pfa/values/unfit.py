"""What a decoder says of a value that does not fit: nothing but that."""


class Unfit(Exception):
    """A value that is not of its type."""
