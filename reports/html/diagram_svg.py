"""The layout of the diagram: positions of its parts on a sheet, and the arrows between them as SVG paths."""

from collections.abc import Iterable, Iterator

import msgspec

from reports.html.diagram import DiagramNode, PartState, connections


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A node with its position in units of the drawing."""

    node: DiagramNode
    x: float
    y: float

    @property
    def object(self) -> str:
        """The name of its object as far as there is room for it: the kind goes first, then a domain, then the end."""
        short = self.node.object
        for name in (short, short.rpartition("/")[2], short.rpartition("/")[2].partition(".")[0]):
            if len(name) <= LONGEST_NAME:
                return name
            short = name
        return f"{short[: LONGEST_NAME - 1]}…"


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """An arrow between two boxes: SVG paths of its line and its head; `broken` where a failure propagates along it."""

    line: str
    head: str
    broken: bool


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """The boxes and arrows; `ground` is the top of the second band, None without one."""

    width: float
    height: float
    box_width: float
    box_height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    ground: float | None


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """The dimensions of a drawing; a tall one runs downwards, for a narrow screen."""

    tall: bool
    box_width: float
    box_height: float
    gap_x: float
    gap_y: float
    columns: int


WIDE = Sheet(tall=False, box_width=156, box_height=66, gap_x=28, gap_y=18, columns=6)
TALL = Sheet(tall=True, box_width=166, box_height=66, gap_x=20, gap_y=26, columns=2)
CAPTION = 30
MARGIN = 3
LONGEST_NAME = 19
HEAD = 8
_FAILED = {PartState.CAUSE, PartState.CONSEQUENCE}


def layout(shown: tuple[DiagramNode, ...], sheet: Sheet) -> Drawing:
    """Lays the parts out on a sheet; missing parts leave no gap."""
    route = tuple(node for node in shown if node.part.step is not None)
    rest = tuple(node for node in shown if node.part.step is None)
    boxes = list(_route_boxes(route, sheet))
    bottom = max((box.y + sheet.box_height for box in boxes), default=MARGIN - CAPTION)
    ground = bottom + CAPTION if rest else None
    if ground is not None:
        for index, node in enumerate(rest):
            column, row = index % sheet.columns, index // sheet.columns
            y = ground + row * (sheet.box_height + sheet.gap_y)
            boxes.append(Box(node=node, x=MARGIN + column * (sheet.box_width + sheet.gap_x), y=y))
    placed = {box.node.part.name: box for box in boxes}
    arrows = (_arrow(placed[a.part.name], placed[b.part.name], sheet) for a, b in connections(route))
    return Drawing(
        width=max((box.x for box in boxes), default=0) + sheet.box_width + MARGIN,
        height=max((box.y for box in boxes), default=0) + sheet.box_height + MARGIN,
        box_width=sheet.box_width,
        box_height=sheet.box_height,
        boxes=tuple(boxes),
        arrows=tuple(arrows),
        ground=ground,
    )


def _route_boxes(route: tuple[DiagramNode, ...], sheet: Sheet) -> Iterator[Box]:
    along = _without_gaps(node.part.step or 0 for node in route)
    across = _without_gaps(node.part.lane for node in route)
    for node in route:
        position = (along[node.part.step or 0], across[node.part.lane])
        column, row = reversed(position) if sheet.tall else position
        yield Box(
            node=node,
            x=MARGIN + column * (sheet.box_width + sheet.gap_x),
            y=MARGIN + row * (sheet.box_height + sheet.gap_y),
        )


def _without_gaps(positions: Iterable[float]) -> dict[float, float]:
    """Maps positions to positions without gaps: each at most one after its predecessor, the first at 0."""
    closed: dict[float, float] = {}
    before = None
    for position in sorted(set(positions)):
        closed[position] = 0.0 if before is None else closed[before] + min(1.0, position - before)
        before = position
    return closed


def _arrow(start: Box, end: Box, sheet: Sheet) -> Arrow:
    broken = start.node.state in _FAILED and end.node.state is not PartState.HEALTHY
    half_x, half_y = sheet.box_width / 2, sheet.box_height / 2
    if sheet.tall:
        x, y, to_x, to_y = start.x + half_x, start.y + sheet.box_height, end.x + half_x, end.y
        line = f"M{x:g} {y:g}V{to_y - sheet.gap_y / 2:g}H{to_x:g}V{to_y - HEAD:g}"
        return Arrow(line=line, head=f"M{to_x:g} {to_y:g}l-5 {-HEAD}h10z", broken=broken)
    x, y, to_x, to_y = start.x + sheet.box_width, start.y + half_y, end.x, end.y + half_y
    line = f"M{x:g} {y:g}H{to_x - sheet.gap_x / 2:g}V{to_y:g}H{to_x - HEAD:g}"
    return Arrow(line=line, head=f"M{to_x:g} {to_y:g}l{-HEAD} -5v10z", broken=broken)
