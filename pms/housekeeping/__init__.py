"""The condition of each unit: clean, dirty, inspected."""
