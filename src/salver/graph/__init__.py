"""Graphs join several servables: chains, routers, combiners, transformers, guards."""
