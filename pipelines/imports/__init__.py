"""Imports: the Olist set, and orders, products and stock from files of one's own."""
