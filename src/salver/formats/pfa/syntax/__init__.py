"""From text to nodes: what a document says, checked for its form and nothing else."""
