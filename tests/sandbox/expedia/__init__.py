"""Expedia's QuickConnect (availability and rates, booking retrieval and confirmation, product list) and its booking
notification, written from its public documents, schemas and messages. Not here: the GraphQL interface, promotions.
"""
