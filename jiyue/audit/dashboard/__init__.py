"""The dashboard of supervision: an audit as static pages, tables and drafts for the office that supervises. Internal."""
