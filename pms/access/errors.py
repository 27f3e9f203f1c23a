"""Refusals of this app."""

from pms.kernel.errors import NotAllowed


class SignInNeeded(NotAllowed):
    """Nobody is signed in; the middleware sends a browser to the sign-in page and back."""

    def __init__(self) -> None:
        super().__init__("sign_in_needed", "Please sign in first.")
