"""Telling channels what is true, and taking in what they sold."""
