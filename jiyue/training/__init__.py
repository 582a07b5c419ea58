"""The training ground (业务培训): a small cluster with deliberate mistakes, and who has mended them."""
