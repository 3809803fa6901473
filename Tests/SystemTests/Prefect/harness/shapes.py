"""Shapes of JSON values: which keys, which types, what may be null. No value is part of a shape."""

import re
from dataclasses import dataclass, field

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")

OPEN_KEYS = {
    "parameters", "labels", "job_variables", "infra_overrides", "variables", "context", "data", "fields",
    "base_job_template", "parameter_openapi_schema", "task_inputs", "payload", "value", "metadata_", "request_body",
    "match", "match_related", "default_base_job_configuration", "block_document_references", "run_input", "input",
    "exception_detail", "pull_steps", "flags", "resource",
}
"""Keys whose content belongs to whoever wrote it, not to the server: anything goes below them."""

CLOSED_KEYS = {"schedule", "details"}
"""Keys with an object below them that is of one of several kinds, told apart by exactly the keys that they have."""


@dataclass
class Shape:
    """What the values at one place had in common."""

    kinds: set[str] = field(default_factory=set)
    fields: dict[str, "Shape"] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    element: "Shape | None" = None

    @property
    def nullable(self) -> bool:
        return "null" in self.kinds

    def merge(self, other: "Shape") -> "Shape":
        """Takes in what another place had."""
        if "object" in other.kinds:
            if "object" in self.kinds:
                self.optional |= other.optional | (self.fields.keys() ^ other.fields.keys())
            else:
                self.optional = set(other.optional)
            for key, shape in other.fields.items():
                self.fields.setdefault(key, Shape()).merge(shape)
        if other.element is not None:
            self.element = (self.element or Shape()).merge(other.element)
        self.kinds = widened(self.kinds | other.kinds)
        return self


def widened(kinds: set[str]) -> set[str]:
    """Without kinds that another one includes."""
    if "any" in kinds:
        return kinds - {"string", "uuid", "time", "map", "object", "list", "int", "float", "bool"}
    if "string" in kinds or {"uuid", "time"} <= kinds:
        kinds = kinds - {"uuid", "time"} | {"string"}
    if "map" in kinds:
        kinds = kinds - {"object"}
    return kinds - {"int"} if "float" in kinds else kinds


def shape_of(value: object, key: str = "") -> Shape:
    """The shape of one value; `key` is the one that it stands under."""
    if value is None:
        return Shape({"null"})
    if key in OPEN_KEYS:
        return Shape({"map" if isinstance(value, dict) else "any"})
    if key in CLOSED_KEYS and isinstance(value, dict):
        return Shape({"{" + " ".join(sorted(value)) + "}"})
    if isinstance(value, dict):
        return Shape({"object"}, {name: shape_of(each, name) for name, each in value.items()})
    if isinstance(value, list):
        shape = Shape({"list"})
        for each in value:
            shape.element = (shape.element or Shape()).merge(shape_of(each))
        return shape
    return Shape({scalar_kind(value)})


def scalar_kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    return "uuid" if UUID.fullmatch(value) else "time" if TIME.fullmatch(value) else "string"


ADMITS = {
    "string": {"string", "uuid", "time"}, "float": {"float", "int"}, "map": {"map", "object"},
    "any": {"string", "uuid", "time", "map", "object", "list", "int", "float", "bool", "any"},
}
"""What else a kind takes in."""


@dataclass(frozen=True)
class Difference:
    """Where a value is not what the reference has, and how."""

    place: str
    expected: str
    got: str


def differences(expected: Shape, got: Shape, place: str = "") -> list[Difference]:
    """What of `got` the reference never had. Keys that it does not know are fine: a server may say more."""
    if not expected.kinds:
        return []
    admitted = {each for kind in expected.kinds for each in ADMITS.get(kind, {kind})}
    found = []
    if wrong := got.kinds - admitted:
        found.append(Difference(place or ".", one_of(expected.kinds), one_of(wrong)))
    if "object" in got.kinds and "object" in expected.kinds:
        found += differences_of_fields(expected, got, place)
    if got.element is not None and expected.element is not None:
        found += differences(expected.element, got.element, f"{place}[]")
    return found


def differences_of_fields(expected: Shape, got: Shape, place: str) -> list[Difference]:
    found = []
    for key, shape in expected.fields.items():
        below = f"{place}.{key}"
        if key not in got.fields:
            if key not in expected.optional:
                found.append(Difference(below, one_of(shape.kinds), "no such key"))
            continue
        if key in got.optional and key not in expected.optional:
            found.append(Difference(below, one_of(shape.kinds), "the key is missing at times"))
        found += differences(shape, got.fields[key], below)
    return found


def one_of(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))
