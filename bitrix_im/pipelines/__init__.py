"""Models and walks where data pipelines want them: as Arrow tables, and as a source of dlt."""
