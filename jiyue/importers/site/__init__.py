"""`jiyue import site`: a mirrored folder of an old web site into articles, page by page.

The folder is crawled (`folder`), every page decoded (`encoding`) and read by the selectors of its template (`rules`, `page`,
`state`; `suggest` proposes them, by `shapes` and `weights`, as `proposals`). What becomes of it is decided for all pages
together (`plan`), then each article is written with its pictures and attachments (`convert`, `links`, `files`). `run` does one
after the other, `report` tells.
"""
