"""PHP's habits: casts, arrays that are lists or objects, query strings, JSON."""
