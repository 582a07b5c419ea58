"""One converter for Word files, the clipboard of Word and WPS, and dropped files: to the platform's Markdown."""
