"""Publishing as officers mean it: release what changed, swap it in, note every URL, bring it to where it is served.

output/ ─► release.publish ─► addresses (the ledger of URLs) ─► deploy to the site's target
"""
