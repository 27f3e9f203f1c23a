"""Local stand-ins for payment providers, over real HTTP and written from the providers' own documents.

Not here: any code of Innkeep's. A stand-in knows nothing of hotels, and Innkeep reaches it only through its address.
"""
