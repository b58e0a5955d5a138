"""The report page: score, player, timeline, judgement, facts."""
