"""HTTP as the portal speaks it: a request's way through limits, credentials, faults; sockets; the auth server."""
