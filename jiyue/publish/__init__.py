"""Publish a cluster: release what changed, switch it live, record every URL in the ledger, deploy.

output/ ─► page_gate ─► release.batch ─► ledger_update ─► deploy to the site's target
"""
