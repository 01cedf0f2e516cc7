"""Still lifes for the sample shop: vector drawings under one light, rasterised for the press."""
