"""A portal in files and tables: `export`, which stops and goes on."""
