"""The store: SQLAlchemy Core written once, run in database threads behind one gate; the only place that knows SQL."""
