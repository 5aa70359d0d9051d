"""Real processes that die by SIGKILL, against the embedded portal on loopback: ``python -m tests.crash``."""
