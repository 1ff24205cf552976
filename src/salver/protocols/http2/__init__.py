"""HTTP/2 (RFC 9113, RFC 7541) without a socket: bytes in, events out, for servers and clients. See `connection`."""
