"""Shapes as text. Objects with the same keys are one entity, which is described once.

    FlowRun                            an entity, and a key a line
        id uuid
        state State?                   another entity, or null
        tags [string]                  a list
        reason? string                 a key that may be missing
        schedule {cron timezone}       an object with exactly these keys

`any` is any JSON value but null, `map` an object whose keys belong to users, `int|float` one of several.
"""

import re

from .shapes import Shape


class EntityTable:
    """Finds objects that are the same thing, and gives them names."""

    def __init__(self) -> None:
        self.shapes: dict[str, Shape] = {}
        self._names: dict[frozenset[str], str] = {}

    def collect(self, shape: Shape, hint: str) -> None:
        """Takes all objects in this shape into the table, each under a name made from where it stands."""
        if "object" in shape.kinds and shape.fields:
            own = Shape({"object"}, shape.fields, shape.optional)
            keys = frozenset(shape.fields)
            if keys in self._names:
                self.shapes[self._names[keys]].merge(copied(own))
            else:
                self._names[keys] = self._free(hint)
                self.shapes[self._names[keys]] = copied(own)
        for key, below in shape.fields.items():
            self.collect(below, camel(key))
        if shape.element is not None:
            self.collect(shape.element, hint.removesuffix("s"))

    def settle(self) -> None:
        """Goes through the entities until each one has taken in what stands below the others."""
        before: list[str] = []
        while (now := self._listing()) != before:
            before = now
            for shape in list(self.shapes.values()):
                for key, below in shape.fields.items():
                    self.collect(below, camel(key))

    def _listing(self) -> list[str]:
        return [f"{name} {sorted(shape.fields)} {sorted(shape.optional)}" for name, shape in self.shapes.items()]

    def _free(self, hint: str) -> str:
        name, number = hint, 2
        while name in self.shapes:
            name, number = f"{hint}{number}", number + 1
        return name

    def expression(self, shape: Shape) -> str:
        """A shape in one line."""
        parts = []
        for kind in sorted(shape.kinds - {"null"}):
            if kind == "object":
                parts.append(self._names[frozenset(shape.fields)] if shape.fields else "{}")
            elif kind == "list":
                parts.append(f"[{self.expression(shape.element)}]" if shape.element else "[]")
            else:
                parts.append(kind)
        return ("|".join(parts) or "null") + ("?" if shape.nullable and parts else "")

    def lines(self) -> list[str]:
        """All entities, by name."""
        self.settle()
        found = []
        for name in sorted(self.shapes):
            shape = self.shapes[name]
            found += ["", name]
            for key in sorted(shape.fields):
                mark = "?" if key in shape.optional else ""
                found.append(f"    {key}{mark} {self.expression(shape.fields[key])}")
        return found


def copied(shape: Shape) -> Shape:
    return Shape().merge(shape)


def camel(key: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[_\W]+", key) if part) or "Item"


class Grammar:
    """Reads entities and expressions again."""

    def __init__(self, entities: dict[str, dict[str, str]]):
        self.entities = entities
        self._shapes: dict[str, Shape] = {}

    def shape(self, expression: str) -> Shape:
        nullable = expression.endswith("?")
        shape = Shape({"null"} if nullable else set())
        for part in split_outside(expression.removesuffix("?")):
            if part.startswith("["):
                shape.kinds.add("list")
                shape.element = self.shape(part[1:-1]) if part != "[]" else None
            elif part in self.entities:
                entity = self._entity(part)
                shape.kinds.add("object")
                shape.fields, shape.optional = entity.fields, entity.optional
            else:
                shape.kinds.add("object" if part == "{}" else part)
        return shape

    def _entity(self, name: str) -> Shape:
        if name not in self._shapes:
            shape = self._shapes[name] = Shape({"object"})
            for key, expression in self.entities[name].items():
                shape.fields[key.removesuffix("?")] = self.shape(expression)
                if key.endswith("?"):
                    shape.optional.add(key[:-1])
        return self._shapes[name]


def split_outside(text: str) -> list[str]:
    """Parts between bars that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for position, letter in enumerate(text):
        depth += letter in "[{"
        depth -= letter in "]}"
        if letter == "|" and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
