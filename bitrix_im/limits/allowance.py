"""What the portal allows."""

from __future__ import annotations

import math

import attrs


def _positive(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{attribute.name} must be a number, got {value!r}")
    if not value > 0:
        raise ValueError(f"{attribute.name} must be above 0, got {value!r}")


@attrs.frozen
class Limits:
    """What the server allows (docs/portal.md#leaky-bucket).

    ``rate`` requests a second on average and ``burst`` at once; ``operating`` seconds of running time for each method
    within ``window`` seconds. The defaults are those of the cloud; they count for everything that runs on one IP
    address, so a program that shares it with others should take its part of ``rate`` and ``burst``.
    """

    rate: float = attrs.field(default=2.0, validator=_positive)
    burst: float = attrs.field(default=50.0, validator=_positive)
    operating: float = attrs.field(default=480.0, validator=_positive)
    window: float = attrs.field(default=600.0, validator=_positive)

    @classmethod
    def enterprise(cls) -> Limits:
        """The Enterprise plan: 5 requests a second, 250 at once."""
        return cls(rate=5.0, burst=250)

    @classmethod
    def unlimited(cls) -> Limits:
        """No waiting: for a portal on your own server with its limiter off."""
        return cls(rate=math.inf, burst=math.inf, operating=math.inf)
