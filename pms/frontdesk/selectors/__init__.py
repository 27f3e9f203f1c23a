"""What the pages of the desk read. Every function names its property; none writes."""
