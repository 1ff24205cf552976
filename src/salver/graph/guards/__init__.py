"""Guards look at what passes and say what they found: rows that are unlike the rest, data that has drifted away.

Not what they find is changed, but what is said of it: a guard hands its input on as it came.
"""
