"""Users shared across organizations, their memberships and invitations, and how they sign in."""
