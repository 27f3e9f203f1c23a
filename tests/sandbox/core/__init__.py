"""What the stand-ins share: HTTP, state with a clock, faults, webhooks, the control API. No provider's rules."""
