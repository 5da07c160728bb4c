"""Which organs and metrics a site follows: one protocol file per site."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from propel_core.dvh import Metric
from propel_core.errors import InvalidRequestError
from propel_service.pipeline.rulefiles import Reviewed, RuleModel

__all__ = ["MetricName", "Protocol"]


def _check_metric(text: str) -> str:
    try:
        printed = str(Metric.parse(text))
    except InvalidRequestError as error:
        raise ValueError(str(error)) from error
    if printed != text:
        message = f"metric {text!r}, expected its canonical form {printed!r}"
        raise ValueError(message)
    return text


MetricName = Annotated[str, AfterValidator(_check_metric)]


class Protocol(RuleModel):
    """What is followed for the plans of one site.

    Parameters
    ----------
    organs
        TG-263 name to dose-volume metrics.
    targets
        Metrics of every target volume (PTV, CTV, GTV).
    other_organs
        Metrics of every organ with a TG-263 name that `organs` does not list; empty for none.
    overlap
        Organs measured against each PTV and against all PTVs together. None stands for every organ in `organs`.
    """

    site: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: int
    reviewed: Reviewed
    organs: dict[str, list[MetricName]] = Field(default_factory=dict)
    targets: list[MetricName] = Field(default_factory=list)
    other_organs: list[MetricName] = Field(default_factory=list)
    overlap: list[str] | None = None

    @property
    def label(self) -> str:
        """The site with the version of its protocol, as stored with a plan."""
        return f"{self.site}/{self.version}"

    def metrics_of(self, organ: str) -> tuple[str, ...]:
        """Return the metrics of `organ`, a TG-263 name."""
        return tuple(self.organs.get(organ, self.other_organs))

    def overlapping(self, organs: Iterable[str]) -> Iterator[str]:
        """Yield those of `organs` that are measured against the targets, in the order given."""
        followed = set(self.organs if self.overlap is None else self.overlap)
        for organ in organs:
            if organ in followed or (self.overlap is None and self.other_organs):
                yield organ

    def names(self) -> Iterator[str]:
        """Yield every structure that the protocol names."""
        yield from self.organs
        yield from self.overlap or ()
