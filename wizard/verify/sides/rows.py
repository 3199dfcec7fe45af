"""Rows that a service writes for an event: those with its id, and on servers of this run all that changed since."""

from __future__ import annotations

from wizard.values.live import LiveTrouble
from wizard.verify.events import PREFIX
from wizard.verify.live import LiveCheck

_PAUSE = 0.2
_WRAPS = 2**32


def quoted(table: str) -> str:
    """Returns a table's name as SQL has it, with its schema where it names one."""
    return ".".join(f'"{part}"' for part in table.split("."))


class Rows:
    """Looks at the service's tables from the moment it was made on."""

    def __init__(self, live: LiveCheck) -> None:
        self._live = live
        self._tables = tuple(table.name for table in live.spec.tables)
        self._since = self._transaction() if self._tables and live.run.alone() else ""
        self._next = 0.0
        self._found = ""
        self.unseen = ""
        """Why a table could not be looked at."""

    @property
    def expected(self) -> tuple[str, ...]:
        """The tables of the spec that the code writes."""
        service = self._live.facts.service(self._live.spec.name)
        files = service.code if service is not None else ()
        written = {fact.value for file in files for fact in file.tables_written}
        return tuple(name for name in self._tables if name in written)

    def found(self) -> str:
        """Returns which table got rows, in words; '' for none. Asks no more often than the answer takes time."""
        now = self._live.clock.monotonic()
        if not self._found and now >= self._next:
            self.unseen = ""
            self._found = next((text for text in map(self._of, self._tables) if text), "")
            self._next = self._live.clock.monotonic() + _PAUSE + (self._live.clock.monotonic() - now)
        return self._found

    def _of(self, table: str) -> str:
        newer = f"age(t.xmin) <= age('{self._since}'::xid)" if self._since else "false"
        mark = f"t::text LIKE '%{PREFIX}{self._live.token}%'"
        counts = f"count(*) FILTER (WHERE {mark}), count(*) FILTER (WHERE {newer})"
        said = self._ask(f"SELECT {counts} FROM {quoted(table)} t")  # noqa: S608
        marked, _, changed = said.partition("|")
        if marked.isdigit() and marked != "0":
            return f"{marked} row(s) with their id are in table {table}"
        return f"{changed} row(s) of table {table} were written" if changed.isdigit() and changed != "0" else ""

    def _transaction(self) -> str:
        said = self._ask("SELECT txid_current()")
        return str(int(said) % _WRAPS) if said.isdigit() else ""

    def _ask(self, sql: str) -> str:
        try:
            done = self._live.run.psql(sql)
        except LiveTrouble as trouble:
            self.unseen = trouble.message
            return ""
        if not done.ok:
            self.unseen = done.message
        return done.output.strip() if done.ok else ""
