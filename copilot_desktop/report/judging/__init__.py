"""How a call is judged. In: a CallReport, a form, perhaps a Judge. Out: a Verdict, and the Judgement of it.

What is measured is never asked of a judge; what a judge says counts only where its evidence is found. Pure
but for `forms`, which reads files, and `court`, which asks the judge. Imported by `app` and what is above it.
"""
