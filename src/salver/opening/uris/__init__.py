"""Model URIs: what lies on a web server or in a bucket becomes a path on this machine. Nothing is loaded or run."""
