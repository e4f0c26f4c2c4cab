"""The command line: it parses, calls the package and prints. Each command is a module.

Command modules import nothing heavy at their top, so that ``--help`` and shell
completion are quick.
"""
