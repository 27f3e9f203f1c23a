"""What an OTA keeps for its hotels, whatever the wire it is told by: rooms, rates, prices, rules, stays, and pages for it.

Not here: any message format. A stand-in translates its own into `tell_room` and `tell_rate`, and sales into its messages.
"""
