"""Files in and out: tables, arrangements of other systems, writing files whole or not at all."""

from arrangements.io.csv_tables import Remark
from arrangements.io.files import atomic_write, check_writable
from arrangements.io.polymake import parse_polymake, polymake_text
from arrangements.io.sage import parse_sage, sage_text
from arrangements.io.tables import Table, read_table, table_of_frame

__all__ = [
    "Remark",
    "Table",
    "atomic_write",
    "check_writable",
    "parse_polymake",
    "parse_sage",
    "polymake_text",
    "read_table",
    "sage_text",
    "table_of_frame",
]
