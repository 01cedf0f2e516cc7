"""What packslip costs, measured beside what else could draw the same page. Nothing here is part of a test of speed."""
