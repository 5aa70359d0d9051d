"""Models and walks where data pipelines want them: as Arrow tables, as a source of dlt, and of Spark."""
