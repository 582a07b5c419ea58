"""Web archives (网页归档): what a site showed on a day, as WARC and as plain files, from its releases."""
