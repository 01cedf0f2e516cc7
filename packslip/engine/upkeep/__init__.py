"""Upkeep: back-ups, checks, and what becomes of people's data when its time is over or they ask."""
