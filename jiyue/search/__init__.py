"""Search without a server: a static index that the reader's browser queries. Design: docs/search.md."""
