"""Insights: the statistics of campaigns. Pure arithmetic."""
