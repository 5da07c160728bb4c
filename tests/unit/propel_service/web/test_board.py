from propel_service.warehouse import PanelKey, PointRow
from propel_service.web.board import Board
from support.department import Department


class Counted(Department):
    """A department that counts how often a series is read."""

    reads = 0

    def series(self, key: PanelKey) -> list[PointRow]:
        """Count, then answer."""
        self.reads += 1
        return super().series(key)


class Growing(Counted):
    """A department whose revision can be moved."""

    number = 0

    def revision(self) -> tuple[int, int]:
        """Return the number that the test sets."""
        return self.number, 0


def test_a_panel_is_judged_once_for_each_revision() -> None:
    """A page asked for again must not judge again, until the warehouse has changed."""
    department = Growing(plans_a_centre=4)
    board, rows = Board(department), department.panels()
    first = board.watched(rows)
    assert board.watched(rows) == first
    assert department.reads == len(rows)
    department.number = 1
    board.watched(rows)
    assert department.reads == 2 * len(rows)


def test_panels_come_in_the_order_asked_for() -> None:
    """The order of the rows is the order of the answer, whatever was judged before."""
    department = Counted(plans_a_centre=4)
    board, rows = Board(department), department.panels()
    board.watched(rows[2:])
    assert list(board.watched(rows)) == [row.key for row in rows]
    assert department.reads == len(rows)
