"""Digests: what is new on a site in a day or a week, as mail and as HTML for a WeChat article (docs/subscriptions.md)."""
