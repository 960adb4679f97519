"""What a link does to the packets of one direction."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Conditions:
    """Applied to each packet. The default is a link without faults.

    Attributes:
        cut: Nothing gets through.
        loss: Share of the packets that are lost, 0 to 1.
        delay: Seconds that each packet is held.
        jitter: Seconds, at most, that are added at random; packets stay in order.
        reorder: Share of the packets that are held `reorder_hold` longer and overtaken meanwhile.
        reorder_hold: Seconds.
    """

    cut: bool = False
    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    reorder: float = 0.0
    reorder_hold: float = 0.03

    @property
    def are_clear(self) -> bool:
        """Whether packets pass as they come."""
        return not (self.cut or self.loss or self.delay or self.jitter or self.reorder)

    def to_json(self) -> dict[str, object]:
        return asdict(self)
