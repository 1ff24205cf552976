"""Routers: choose the child that answers, by chance, by condition, or by what was learnt of the children."""
