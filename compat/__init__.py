"""Other people's clients, run unchanged against the served embedded portal.

What breaks is either an untruth of the portal's or a difference that is written down in `libraries`::

    python -m compat            # or: make compat
    python -m compat b24pysdk
"""
