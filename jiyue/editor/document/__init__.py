"""An article's body as a document: Markdown of our dialect <-> the JSON that the visual editor works on.

`parse(text)` gives a document or says why there is none; `serialize(document)` gives the text. What nobody changed comes
out byte for byte as it was written.
"""
