"""Changes of messages, one verb each."""

from guests.messaging.services.asking import question_answer, question_ask
from guests.messaging.services.bouncing import bounce_take
from guests.messaging.services.queueing import message_queue, test_send
from guests.messaging.services.replaying import message_replay
from guests.messaging.services.saving import template_save

__all__ = [
    "bounce_take",
    "message_queue",
    "message_replay",
    "question_answer",
    "question_ask",
    "template_save",
    "test_send",
]
