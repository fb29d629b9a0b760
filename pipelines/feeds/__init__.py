"""Feeds: what marketplaces and mailboxes have for us is fetched, decided and counted."""
