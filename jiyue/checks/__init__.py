"""The rules on what must not be published: one file per family, each rule a pure function that returns diagnostics."""
