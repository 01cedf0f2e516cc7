"""Content from the shop's own web pages: fetched, kept, approved, and written where a release takes it from."""
