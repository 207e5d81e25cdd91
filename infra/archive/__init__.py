"""Old posts into the archive: Markdown files of the post format, read back into days of the table.

`folder.py` finds the files and reads each as text (`text.py`), `post.py` takes a text apart (`embeds.py` its
mentions), `storing.py` writes days to the table and has them published. docs/import.md is for who uses it.
"""
