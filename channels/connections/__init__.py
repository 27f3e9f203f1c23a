"""Which channels a property is connected to, with what keys, and which of their rooms and rates are which of ours."""
