"""The form of an article: its fields as officers see them, and their way back into the front matter."""
