"""The command line: one module per command, loaded only when its command is asked for.

`propel_service.commands.program` names the commands, `failures` turns errors into exit statuses, `output` prints
documents and tables, and `models` states what every document holds; `schemas` publishes that as JSON Schema.
"""

__all__: list[str] = []
