"""The trends page: weeks as charts, as a table and in words."""
