"""Files on their way: where they come from, where they go, and the two roads that carry them."""
