"""Tell search engines what is new: only new and changed addresses, each remembered once an engine has accepted it."""
