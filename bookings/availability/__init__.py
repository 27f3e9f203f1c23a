"""Inventory days, occupancy, holds, blocks and closures: what can be sold, guarded by the database."""
