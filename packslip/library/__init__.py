"""Load and check one kind of file each: layouts, brands, contents, fonts, phrases, rules, mappings, the catalogue."""
