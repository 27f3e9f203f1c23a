"""Organizations, their domains and plans, and how one is provisioned. Besides kernel, only this switches schema."""
