"""The transactional outbox: facts on their way to whoever subscribed to them."""
