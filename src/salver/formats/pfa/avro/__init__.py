"""The types of PFA: those of Avro 1.7, and those of functions, which are no values."""
