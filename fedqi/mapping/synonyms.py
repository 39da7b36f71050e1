"""Words that hospitals use for the same thing, in names of columns and in codes."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher

_WORDS: Mapping[str, str] = {
    "admitted": "admit admission admissions adm begin start started in arrival aufnahme opname "
    "entree",
    "discharged": "discharge disch dsch dis end ended left leave out entlassung ontslag sortie",
    "patient": "person subject pat pt mrn client patienten bewoner",
    "stay": "visit encounter enc episode case spell hospitalisation hospitalization csn hadm fall "
    "contact",
    "sex": "gender geschlecht geslacht sexe",
    "died": "death dead deceased expired mortality died overleden verstorben deces",
    "planned": "elective scheduled gepland geplant",
    "emergency": "emergent acute urgent unplanned spoed notfall",
    "transferred": "transfer transferred overgeplaatst verlegt",
    "age": "alter leeftijd",
    "birth": "dob born birthdate geburtsdatum geboortedatum birthday",
    "diagnosis": "dx diag icd icd9 icd10 diagnose",
    "principal": "primary prim main first",
    "procedure": "proc operation ops opcs",
    "hospital": "site facility organisation organization trust krankenhaus ziekenhuis",
    "ward": "unit department dept station afdeling",
    "advice": "ama dama",
    "arrived": "arrive arrival",
}
_MEANING = {
    word: meaning for meaning, words in _WORDS.items() for word in (meaning, *words.split())
}
_IDLE = frozenset(
    [
        *("on", "at", "dt", "date", "datetime", "time", "ts", "day", "dat", "datum"),
        *("the", "of", "is", "was", "flag", "ind", "cd"),
    ]
)
_IDENTIFYING = frozenset({"id", "nr", "no", "num", "number", "key", "identifier", "nummer"})

_CODES: Mapping[str, str] = {
    "male": "m male man men masculine 8507 mannelijk maennlich",
    "female": "f female w woman women v 8532 vrouwelijk weiblich",
    "other": "o other x divers diverse 8521",
    "unknown": "u unknown unk onbekend unbekannt",
    "true": "y yes true 1 t j ja oui si",
    "false": "n no false 0 f nee nein non",
}


def meaning(name: str) -> frozenset[str]:
    """Return what a name is made of, synonyms as one word; words that tell nothing left out."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = [word for word in re.split(r"[^A-Za-z0-9]+", apart.lower()) if word]
    known = [_MEANING.get(word) or _singular(word) for word in words if word not in _IDLE]
    return frozenset("id" if word in _IDENTIFYING else word for word in known)


def _singular(word: str) -> str:
    single = word.removesuffix("s") if len(word) > 3 else word
    return _MEANING.get(single, single)


def likeness(wanted: str, found: str) -> float:
    """Return how much two names mean the same, from 0 to 1."""
    if wanted.casefold() == found.casefold():
        return 1.0
    own, other = meaning(wanted), meaning(found)
    if own and own == other:
        return 0.9
    shared = own & other
    if shared - {"id"}:
        return 0.4 + 0.4 * len(shared) / len(own | other)
    ratio = SequenceMatcher(None, wanted.casefold(), found.casefold()).ratio()
    return 0.5 * ratio if ratio >= 0.8 else 0.0


def code_for(allowed: object, code: str) -> bool:
    """Return whether a code is a usual way to write a value."""
    value = str(allowed).casefold()
    return code.casefold() in {value, *_CODES.get(value, "").split()}
