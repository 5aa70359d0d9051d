"""Where an export is written to: one module a kind of target."""
