import pytest

from fedqi.errors import DefinitionError
from fedqi.measures import Measure, parse_measure
from fedqi.measures.compile import counted_rows
from tests.unit.measures.documents import dataset, document


def measure_with(criterion: str) -> Measure:
    return parse_measure(document(dataset=dataset(), numerator=criterion))


def refusal(criterion: str) -> str:
    with pytest.raises(DefinitionError) as refused:
        measure_with(criterion)
    return str(refused.value)


ALLOWED = [
    "diagnosis IN code_list('hf') AND age >= 18",
    "date_diff('day', admitted, discharged) <= 30",
    "discharged - admitted > 3",
    "year(admitted) = 2016 OR quarter(admitted) = 1 OR month(admitted) = 2 OR day(admitted) = 3",
    "extract(year FROM admitted) = 2016",
    "admitted >= '2016-04-01' AND admitted < DATE '2017-04-01'",
    "diagnosis LIKE 'I50%' AND NOT starts_with(diagnosis, 'I51')",
    "CASE WHEN planned THEN 1 ELSE 0 END = 1",
    "CASE diagnosis WHEN 'I50.9' THEN TRUE END",
    "COALESCE(beds, 0) = 0 AND NULLIF(age, 0) IS NOT NULL",
    "age BETWEEN 18 AND 65 AND beds NOT IN (1, 2, NULLIF(age, 0))",
    "planned IS TRUE OR planned IS NOT FALSE OR NOT planned",
    "-age + 1 - 2 * 3 / 4 % 5 < round(age, 1) + abs(age) + floor(age) + ceil(age)",
    "length(trim(upper(lower(substring(diagnosis, 1, 3))))) = 3",
    '"age" > 1 -- a remark',
    "NULL",
]


@pytest.mark.parametrize("criterion", ALLOWED)
def test_the_language(criterion: str) -> None:
    assert '"@numerator"' in counted_rows(measure_with(criterion))


FORBIDDEN = [
    "(SELECT 1) = 1",
    "age IN (SELECT 1)",
    "EXISTS(SELECT 1)",
    "age > ALL (SELECT 1)",
    "age = read_csv('/etc/passwd')",
    "diagnosis = getenv('HOME')",
    "age > 1; DROP TABLE x",
    "DROP TABLE x",
    "COPY (SELECT 1) TO 'x'",
    "ATTACH 'x'",
    "PRAGMA version",
    "other.age > 1",
    "sum(age) > 1",
    "count(*) > 1",
    "row_number() OVER () = 1",
    "age::INT = 1",
    "TRY_CAST(age AS INT) = 1",
    "diagnosis ~ 'x'",
    "diagnosis || 'x' = 'x'",
    "diagnosis ILIKE 'x'",
    "diagnosis GLOB 'x'",
    "diagnosis LIKE 'x' ESCAPE '!'",
    "age IS DISTINCT FROM 1",
    "age BETWEEN SYMMETRIC 1 AND 2",
    "age // 2 = 1",
    "age = ?",
    "age = $1",
    "[1, 2]",
    "{'a': 1}.a = 1",
    "*",
    "age = 1 AS x",
    "if(planned, TRUE, FALSE)",
    "current_date > admitted",
    "random() > 0.5",
    "admitted + INTERVAL 30 DAYS > discharged",
    "extract(dow FROM admitted) = 1",
    "trim(BOTH 'x' FROM diagnosis) = 'y'",
    "age = 1e999",
    "list_filter([age], lambda x: x > 1)",
]


@pytest.mark.parametrize("criterion", FORBIDDEN)
def test_everything_else_is_refused_with_its_place(criterion: str) -> None:
    assert refusal(criterion).startswith("measure stays: numerator, 1:")


@pytest.mark.parametrize("criterion", ["'open", "((((", "age = = 1", "age >", ")", "a, b"])
def test_what_cannot_be_parsed(criterion: str) -> None:
    assert "cannot be parsed" in refusal(criterion)


def test_nesting_without_end_is_refused() -> None:
    assert "nested too deeply" in refusal("(" * 4_000 + "planned" + ")" * 4_000)


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ("agee > 1", "1:1: 'agee' is an unknown column: did you mean age?"),
        ('diagnosis = "I50"', "a text stands in single quotation marks: 'I50'"),
        ("AND(age >= 18, planned)", "a condition reads like age >= 18 AND (sex = 'female' OR"),
        ("age > 1\n  AND Age < 2", "2:7: 'Age' is an unknown column: did you mean age?"),
        ("flor(age) = 1", "did you mean floor?"),
        ("diagnosis IN code_list('hff')", "1:24: \"'hff'\" is an unknown code list: did you"),
        ("diagnosis IN code_list(hf)", "code_list('name') after IN"),
        ("diagnosis IN planned", "code_list('name') after IN"),
        ("code_list('hf')", "stands alone"),
        ("age IN code_list('hf')", "'age' is a number, expected a string"),
        ("age", "'age' is a number, expected a boolean"),
        ("planned AND age", "'age' is a number, expected a boolean"),
        ("age = '18'", "mixes number and string"),
        ("planned = 'yes'", "mixes boolean and string; a boolean stands alone, as planned or NOT"),
        (
            "discharged <= admitted + 30",
            "'admitted' is a date, expected a number; between two dates",
        ),
        ("age <= 60 minutes", "'age <= 60' is followed by 'minutes', expected AND, OR or the end"),
        ("planned\n  || planned", "2:3: '||' expected OR"),
        ("planned & planned", "1:9: '&' expected AND"),
        ("diagnosis = 'a|b' AND age ≤ 60", "1:27: '≤' expected <="),
        ("age =< 60", "'=<' expected <="),
        ("diagnosis = ‘I50’", "'‘' expected straight quotation marks, as in 'text'"),
        ("diagnosis = 1", "mixes number and string"),
        ("admitted > 'April'", "1:12: \"'April'\" is compared with a date"),
        ("admitted > diagnosis", "is compared with a date"),
        ("admitted - 1 > discharged", "mixes date and number"),
        ("age IS 5", "expected IS NULL"),
        (
            "discharged = NULL",
            "1:1: 'discharged = NULL' compares with NULL, which is true of no row",
        ),
        ("NOT (NULL) <> age", "expected IS NULL or IS NOT NULL"),
        ("beds NOT IN (1, 2, NULL)", "compares with NULL"),
        ("CASE age WHEN NULL THEN TRUE END", "compares with NULL"),
        ("planned BETWEEN NULL AND TRUE", "compares with NULL"),
        ("diagnosis = ''", "compares with a text of length 0, which is missing"),
        ("discharged - admitted BETWEEN 30 AND 0", "never holds, because the first bound is above"),
        ("age BETWEEN -1 AND -2", "never holds"),
        ("admitted BETWEEN '2017-01-01' AND DATE '2016-12-31'", "never holds"),
        ("CASE WHEN planned THEN 1 ELSE 'x' END = 1", "mixes number and string"),
        ("date_diff('hour', admitted, discharged) = 1", "year, quarter, month, day; a condition"),
        (
            "extract(minute FROM admitted) = 1",
            "minutes come as a number column, or as value.minutes",
        ),
    ],
)
def test_the_place_and_what_is_expected(criterion: str, words: str) -> None:
    assert words in refusal(criterion)


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ("route = 'ambulence'", "asks route for what it never is; allowed are ambulance, own"),
        ("'taxi' <> route", "asks route for what it never is"),
        ("route IN ('own', 'Own')", "asks route for what it never is"),
        ("grade = 4", "asks grade for what it never is; allowed are 1, 2, 3"),
        ("CASE route WHEN 'taxi' THEN TRUE END", "asks route for what it never is"),
        ("age > 121", "compares age with a number above its max of 120"),
        ("age BETWEEN -1 AND 18", "compares age with a number below its min of 0"),
    ],
)
def test_what_a_column_never_is(criterion: str, words: str) -> None:
    columns = {
        "route": {"type": "string", "allowed": ["ambulance", "own"]},
        "grade": {"type": "integer", "allowed": [1, 2, 3]},
        "age": {"type": "integer", "min": 0, "max": 120},
    }
    for whole in ("route = 'own' AND grade = 3 AND age <= 120 AND route < 'b'", "grade + 1 = 4"):
        parse_measure(document(dataset={"columns": columns}, numerator=whole))
    with pytest.raises(DefinitionError) as refused:
        parse_measure(document(dataset={"columns": columns}, numerator=criterion))
    assert words in str(refused.value)


@pytest.mark.parametrize("column", ["stay", "patient", "ward"])
def test_columns_that_identify_are_forbidden(column: str) -> None:
    assert "key, subject or provider column" in refusal(f"{column} = 'x'")


def test_a_column_of_a_key_of_several_identifies_nobody() -> None:
    together = dataset(key=["patient", "diagnosis"])
    measure = parse_measure(document(dataset=together, numerator="diagnosis = 'I50.9'"))
    assert measure.dataset.identifying == {"patient", "ward"}


def test_a_sum_is_a_number() -> None:
    with pytest.raises(DefinitionError, match=r"denominator\.sum, 1:1: 'planned' is a boolean"):
        parse_measure(document(numerator={"sum": "beds"}, denominator={"sum": "planned"}))


def test_a_quotation_mark_cannot_leave_its_literal() -> None:
    measure = parse_measure(document(code_lists={"hf": ["x') OR ('1'='1"]}))
    assert parse_measure(measure.canonical_json).code_lists["hf"] == ("x') OR ('1'='1",)
    listed = parse_measure(
        document(code_lists={"hf": ["x') OR ('1'='1"]}, numerator="diagnosis IN code_list('hf')")
    )
    assert "('x'') OR (''1''=''1')" in counted_rows(listed)
