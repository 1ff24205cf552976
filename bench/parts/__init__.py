"""The parts of the benchmark. Each has `measure(effort)`, which hands back a Part."""
