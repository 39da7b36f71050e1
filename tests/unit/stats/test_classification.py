import pytest

from fedqi.stats import Band, Direction, classify


@pytest.mark.parametrize(
    ("z", "direction", "band"),
    [
        (2.0, "lower", "review"),
        (-2.0, "lower", "exemplary"),
        (2.0, "higher", "exemplary"),
        (-2.0, "higher", "review"),
        (5.0, "none", "as expected"),
        (1.95, "lower", "as expected"),
        (-1.95, "higher", "as expected"),
        (0.0, "lower", "as expected"),
    ],
)
def test_bands(z: float, direction: Direction, band: str) -> None:
    assert classify(z, 100, direction).value == band


def test_small_numbers_say_nothing() -> None:
    assert classify(9.0, 24, "lower") is Band.INSUFFICIENT
    assert classify(9.0, 25, "lower") is Band.REVIEW
    assert classify(9.0, 0, "none", minimum_denominator=1) is Band.INSUFFICIENT


def test_a_wider_limit_lets_more_pass() -> None:
    assert classify(2.5, 100, "lower", level=0.998) is Band.AS_EXPECTED
