"""The catalogue: channels, products, prices, warehouses, suppliers and their terms."""
