"""What is told of an old site after it moved in: the reconciliation, the findings in what was imported, the notice for its server."""
