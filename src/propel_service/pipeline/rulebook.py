"""All rules together: the shipped defaults, overlaid by a site's own folder of rule files."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from propel_core.errors import InvalidInputError
from propel_service.pipeline.aliases import AliasFile, AliasIndex, build_index
from propel_service.pipeline.protocols import Protocol
from propel_service.pipeline.rulefiles import RuleFile, parse_rules, read_rule_file
from propel_service.pipeline.sites import UNCLASSIFIED, SiteFile

__all__ = ["RuleBook", "load_rulebook"]

_SITES, _STRUCTURES, _PROTOCOLS = "sites.yaml", "structures.yaml", "protocols"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """The rules that classify a study and choose its metrics.

    Parameters
    ----------
    sites
        Site files with their names, in order of precedence.
    protocols
        By site; there is always one for ``unclassified``.
    digest
        SHA-256 over the names and contents of all files, stored with every fact.
    """

    sites: tuple[tuple[str, SiteFile], ...] = field(repr=False)
    aliases: AliasIndex = field(repr=False)
    protocols: Mapping[str, Protocol] = field(repr=False)
    digest: str

    def protocol(self, site: str) -> Protocol:
        """Return the protocol of `site`, or that of ``unclassified`` where the site has none."""
        return self.protocols.get(site, self.protocols[UNCLASSIFIED])


@cache
def load_rulebook(folder: Path | None = None) -> RuleBook:
    """Load the shipped rules and, over them, those in `folder`; once for the life of the process.

    A folder may hold any of ``sites.yaml``, ``structures.yaml`` and ``protocols/SITE.yaml``. Its site rules are tried
    before the shipped ones; its spellings win over the shipped ones; its protocol replaces the shipped one of that
    site as a whole.

    Raises
    ------
    InvalidInputError
        A file that is malformed, has an unknown entry or an unknown name; the error says which file and entry.
    """
    own = [] if folder is None else list(_folder(folder, "site "))
    shipped = list(_folder(files("propel_service.pipeline") / "rules", ""))
    sites = tuple((file.name, parse_rules(file, SiteFile)) for file in _called(own, shipped, ending=_SITES))
    tables = [(file.name, parse_rules(file, AliasFile)) for file in _called(own, shipped, ending=_STRUCTURES)]
    protocols: dict[str, Protocol] = {}
    for file in [*shipped, *own]:
        if f"{_PROTOCOLS}/" in file.name:
            protocol = _protocol(file)
            protocols[protocol.site] = protocol
    aliases = build_index(tables)
    book = RuleBook(sites=sites, aliases=aliases, protocols=protocols, digest=_digest([*own, *shipped]))
    _check_names(book)
    return book


def _folder(root: Traversable | Path, prefix: str) -> Iterator[RuleFile]:
    """Yield the rule files under `root` in a fixed order; `prefix` tells a site's files from the shipped ones."""
    if not root.is_dir():
        message = "no such folder, expected a folder of rule files"
        raise InvalidInputError(message, where="Rules folder")
    for entry in sorted(root.iterdir(), key=lambda entry: entry.name):
        if entry.name == _PROTOCOLS and entry.is_dir():
            for file in sorted(entry.iterdir(), key=lambda file: file.name):
                yield read_rule_file(file, f"{prefix}{_PROTOCOLS}/{file.name}")
        elif entry.name in {_SITES, _STRUCTURES}:
            yield read_rule_file(entry, f"{prefix}{entry.name}")
        else:
            message = f"an entry that is no rule file, expected {_SITES}, {_STRUCTURES} or {_PROTOCOLS}/SITE.yaml"
            raise InvalidInputError(message, where=f"{prefix}{entry.name}")


def _called(*groups: Iterable[RuleFile], ending: str) -> list[RuleFile]:
    return [file for group in groups for file in group if file.name.endswith(ending) and _PROTOCOLS not in file.name]


def _protocol(file: RuleFile) -> Protocol:
    protocol = parse_rules(file, Protocol)
    if not file.name.endswith(f"/{protocol.site}.yaml"):
        message = f"protocol of {protocol.site!r}, expected the site that the file is named for"
        raise InvalidInputError(message, where=f"{file.name}: site")
    return protocol


def _check_names(book: RuleBook) -> None:
    """Refuse a rule on a structure that no alias table knows: it could never apply."""
    named = [(f"protocols/{site}.yaml", name) for site, protocol in book.protocols.items() for name in protocol.names()]
    named += [
        (file_name, name)
        for file_name, file in book.sites
        for rule in file.sites
        for combination in rule.structures
        for name in combination.names()
    ]
    for where, name in named:
        if name not in book.aliases.vocabulary:
            message = f"structure {name!r}, expected a TG-263 name that structures.yaml lists"
            raise InvalidInputError(message, where=where)


def _digest(rule_files: Iterable[RuleFile]) -> str:
    digest = hashlib.sha256()
    for file in rule_files:
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.content).digest())
    return digest.hexdigest()
