"""Pictures: fetched once, checked, and kept as print-ready renditions.

Imported by module: a worker that decodes or draws loads nothing that could reach the network.
"""
