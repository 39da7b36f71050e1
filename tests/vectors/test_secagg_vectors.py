"""The JSON vectors: reproduced, and the bad ones refused by the check they name."""

import json
from typing import Any

import numpy as np
import pytest

from fedqi.errors import DefinitionError, RemoteProtocolError
from fedqi.secagg import Block, Layout, canonical
from fedqi.secagg.checks import check_advert
from fedqi.secagg.messages import Advert, AtomDeclaration, Declared
from fedqi.secagg.sharing import combine, is_share, lagrange_coefficients
from tests.unit.secagg.federation import parameters_for
from tests.vectors.make import FOLDER, files, text_of


def load(name: str, part: str = "vectors") -> list[dict[str, Any]]:
    content = json.loads((FOLDER / f"secagg_{name}.json").read_text(encoding="utf-8"))
    vectors: list[dict[str, Any]] = content[part]
    return vectors


@pytest.mark.parametrize("name", sorted(files()))
def test_the_files_are_what_the_generator_writes(name: Any) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(files()[name])


@pytest.mark.parametrize("vector", load("canonical"), ids=lambda v: v["tag"])
def test_canonical_bytes(vector: Any) -> None:
    assert canonical.pack(vector["tag"], *vector["fields"]).hex() == vector["bytes"]


@pytest.mark.parametrize("vector", load("sharing"), ids=lambda v: v["secret"][:4])
def test_shares_rebuild_their_secret(vector: Any) -> None:
    shares = [bytes.fromhex(text) for text in vector["shares"]]
    points = [6, 2, 3, 5]
    weights = lagrange_coefficients(points)
    secret = combine({p: shares[p - 1] for p in points}, weights)
    assert secret == bytes.fromhex(vector["secret"])


@pytest.mark.parametrize("vector", load("sharing", "bad"))
def test_bad_shares_are_refused(vector: Any) -> None:
    assert not is_share(bytes.fromhex(vector["share"]))


def block_of(fields: list[Any]) -> Block:
    name, shape, kind, lower, upper, resolution, atom = fields
    return Block(name, tuple(shape), kind, lower, upper, resolution, atom)


@pytest.mark.parametrize("vector", load("layout"))
def test_layouts_encode_alike(vector: Any) -> None:
    layout = Layout(tuple(map(block_of, vector["blocks"])), vector["sites"])
    assert layout.digest.hex() == vector["digest"]
    values = {name: np.array(array) for name, array in vector["values"].items()}
    assert layout.encode(values).astype("<u8").tobytes().hex() == vector["vector"]


@pytest.mark.parametrize("vector", load("layout", "bad"), ids=lambda v: v["refused_by"])
def test_bad_layouts_are_refused_by_the_named_check(vector: Any) -> None:
    with pytest.raises(DefinitionError, match=vector["refused_by"]):
        Layout((block_of(vector["block"]),), 140)


def advert_of(vector: dict[str, Any]) -> Advert:
    fields = {key: value for key, value in vector.items() if key != "refused_by"}
    binary = ("sealing_key", "mask_key", "seed_commitment", "history_head", "signature")
    fields |= {key: bytes.fromhex(fields[key]) for key in binary}
    fields["uncounted"] = tuple(fields["uncounted"])
    fields["atoms"] = tuple(
        AtomDeclaration(atom, Declared(state), bytes.fromhex(detail))
        for atom, state, detail in fields["atoms"]
    )
    return Advert(**fields)


def test_the_advert_is_accepted() -> None:
    check_advert(parameters_for(6), advert_of(load("advert")[0]))


@pytest.mark.parametrize("vector", load("advert", "bad"), ids=lambda v: v["refused_by"])
def test_bad_adverts_are_refused_by_the_named_check(vector: Any) -> None:
    with pytest.raises(RemoteProtocolError, match=vector["refused_by"]):
        check_advert(parameters_for(6), advert_of(vector))
