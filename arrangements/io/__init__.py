"""Files in and out: tables of numbers, and writing files whole or not at all."""

from arrangements.io.files import atomic_write, check_writable
from arrangements.io.tables import Table, read_table, table_of_frame

__all__ = ["Table", "atomic_write", "check_writable", "read_table", "table_of_frame"]
