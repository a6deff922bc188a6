"""The machinery: private, so that it may change between releases."""
