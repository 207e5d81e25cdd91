"""Old days into the archive: posts in Markdown, or the archive as data, read back into days of the table.

`folder.py` finds the files. `text.py` reads a post as text, `post.py` takes that apart (by its `lines.py`,
`embeds.py` its mentions); `data.py` reads a line of data. `storing.py` writes a day to the table,
`bringing.py` all of them, and orders their publication. docs/import.md is for who uses it.
"""
