"""What the shop knows: documents and playbooks in, passages with sources and playbook answers out.

Markdown files of the owner become an index searched by meaning (`library`), and a second kind of Markdown
file, the playbook, becomes answers without a language model (`playbook`, `playbook_writer`). Imported by
`app` only.
"""
