"""`jiyue edit`: writing, reviewing and withdrawing articles in a browser, over the git repository of the cluster."""
