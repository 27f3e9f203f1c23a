"""Local stand-ins for payment providers and channels, over real HTTP and written from the providers' own documents.

Not here: any code of Innkeep's. A stand-in knows nothing of Innkeep, and Innkeep reaches it only through its address.
"""
