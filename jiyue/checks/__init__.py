"""What must not be published: one file a family, each rule a pure function that returns diagnostics."""
