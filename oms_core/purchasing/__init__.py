"""Buying: policies, proposals, purchase orders, receipts."""
