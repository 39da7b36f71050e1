import pytest

from fedqi.measures.phrases import condition, quantity


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ("age >= 65 AND NOT planned", "age is at least 65 and planned is false"),
        ("a = 1 OR b < 2 AND c > 3", "a is 1 or (b is less than 2 and c is more than 3)"),
        ("(a = 1 OR died) AND c <> 'x'", "(a is 1 or died is true) and c is not 'x'"),
        ("NOT (a = 1 AND b = 2)", "it does not hold that (a is 1 and b is 2)"),
        ("NOT (a >= 1)", "a is not at least 1"),
        ("d IN code_list('hf')", "d is one of the codes of list hf"),
        ("a NOT IN (1, 2)", "a is none of 1, 2"),
        ("a IN ('x')", "a is 'x'"),
        ("a NOT IN ('x')", "a is not 'x'"),
        ("COALESCE(a, FALSE)", "a (where it is missing: false) is true"),
        ("NOT COALESCE(a, FALSE)", "a (where it is missing: false) is false"),
        ("length(a) > 2 -- of a", "LENGTH(a) is more than 2"),
        ("s NOT LIKE 'I%'", "s does not read like 'I%'"),
        ("NOT s NOT LIKE 'I%'", "s reads like 'I%'"),
        ("a IS NOT NULL OR b IS NULL", "a is not missing or b is missing"),
        ("(a > 1) IS NOT TRUE", "(a is more than 1) is false or unknown"),
        ("coalesce(a, 0) BETWEEN 1 AND 9", "a (where it is missing: 0) is from 1 to 9"),
        (
            "date_diff('day', a, b) <= 30",
            "the number of days from a to b is at most 30",
        ),
        ("a - b > 3", "a − b is more than 3"),
        ("d >= DATE '2016-04-01'", "d is at least 2016-04-01"),
        ("extract(year FROM d) = 2016", "the year of d is 2016"),
        ("CASE WHEN a THEN b ELSE FALSE END", "CASE WHEN a THEN b ELSE FALSE END"),
    ],
)
def test_a_criterion_in_words(criterion: str, words: str) -> None:
    assert condition(criterion) == words


def test_a_sum_in_words() -> None:
    assert quantity("rate * (n + 1)") == "rate × (n + 1)"
