"""Inbound webhooks: verified, stored once, then handled inside the organization. What they mean is the providers' matter."""
