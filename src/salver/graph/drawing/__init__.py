"""Drawing: a graph's nodes as text and as SVG, for people. Needs nothing but their descriptions."""
