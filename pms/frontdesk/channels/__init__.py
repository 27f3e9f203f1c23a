"""The pages of the channel manager: connecting, watching, deciding. What is told and taken is channels.sync's."""
