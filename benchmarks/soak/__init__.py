"""The soak: a real line under a steady load, watched from outside; `python -m benchmarks.soak`."""
