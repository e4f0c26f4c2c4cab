"""Importers of serving traces."""
