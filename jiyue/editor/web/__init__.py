"""The editor's pages. `app.py` joins them, `security.py` stands before all of them."""
