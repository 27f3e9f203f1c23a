"""What a guest does behind the manage link: see, pay, change, cancel, ask."""
