"""TensorFlow Serving's own words for a server: its flags, its files, its log, turned into options of this one."""
