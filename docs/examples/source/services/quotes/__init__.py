"""The quotes service: Asks an exchange for prices and publishes them."""
