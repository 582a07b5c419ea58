"""`jiyue import site`: a mirrored folder of an old web site into articles, page by page.

The folder is crawled (`folder`), every page decoded (`encoding`) and read by the selectors of its template (`rules`, `page`;
`suggest` proposes them), what becomes of it is decided for all pages together (`plan`), then each article is written with its
pictures and attachments (`convert`, `files`). `run` does one after the other, `report` tells.
"""
