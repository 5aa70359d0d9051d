"""The REST methods, one file a namespace, with the parameters they read and the shapes they answer."""
