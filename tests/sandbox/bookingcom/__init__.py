"""Booking.com's connectivity interface: B.XML and OpenTravel 2003B, written from its public documents and messages.

Not here: content, messaging, request to book, length-of-stay prices. What its documents do not say is marked "ours".
"""
