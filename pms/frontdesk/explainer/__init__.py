"""The price explainer: how the price of a stay comes about, step by step to the cent, or every rule that refuses it."""
