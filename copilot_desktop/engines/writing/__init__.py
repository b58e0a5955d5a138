"""Writers of answers, the judge of calls, and the checks on what they write."""
