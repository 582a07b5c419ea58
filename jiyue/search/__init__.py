"""Search without a server: a static index that the reader's browser asks. What and why: docs/search.md."""
