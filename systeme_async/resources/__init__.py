"""One file a resource: a group of calls, written by hand over the endpoint table."""
