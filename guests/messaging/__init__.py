"""Mails to guests and staff: templates, outbox of messages, sending, log, bounces, questions from guests."""
