"""The travelling salesman with time windows, as a table of set-up times."""
