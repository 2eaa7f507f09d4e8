"""Templates of messages to residents and units as dated data, zh and en, each with id, version and source.

The main set is `rulebook/messages.yaml`; a town with words of its own puts a `messages.yaml` beside its rulebook. The
caller gives the fields a template may use; rendering is `string.Template`'s: `${receipt}`.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from string import Template as Words
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, ValidationError

from rulebook.document import read_document
from rulebook.problems import Problem, RulebookError, one_of, shorten
from rulebook.source import Id, Name, Record, Sourced, Text

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
Value = Annotated[str, Field(max_length=80)] | int | bool | None

ALWAYS = "receipt"
"""The field every message must contain, so that its recipient knows what it is about."""


class Fields(NamedTuple):
    """What a template may use of a topic: plain values, and personal texts (in messages to the resident only)."""

    plain: frozenset[str]
    personal: frozenset[str]


class Template(Sourced):
    """The message to one audience about one kind of event.

    `when` and `unless`: conditions on plain fields of the event, or of the petition after it.

    `to`: everybody it is for (`resident`) or who just joined; residents whose petitions are merged into it (`merged`),
    under their own receipts; the unit that has it or had it before; the unit's lead; the leader the event names.
    """

    id: Id
    version: Annotated[int, Field(ge=1)]
    on: Id
    to: Literal["resident", "joined", "merged", "unit", "lead", "leader", "unit_before"]
    when: dict[str, tuple[Value, ...]] = Field(default_factory=dict)
    unless: dict[str, tuple[Value, ...]] = Field(default_factory=dict)
    zh: Annotated[str, Field(min_length=1, max_length=1000)]
    en: Annotated[str, Field(min_length=1, max_length=2000)]

    def placeholders(self, language: Language) -> list[str]:
        """Names of the placeholders of a language's text, each once."""
        return list(dict.fromkeys(Words(getattr(self, language)).get_identifiers()))

    def applies(self, fields: Mapping[str, object]) -> bool:
        """Whether the template's conditions hold for these plain fields."""
        fits = all(fields.get(name) in values for name, values in self.when.items())
        return fits and not any(fields.get(name) in values for name, values in self.unless.items())

    def render(self, language: Language, values: Mapping[str, str]) -> str:
        """The text.

        Raises:
            KeyError: a value is missing.
        """
        return Words(getattr(self, language)).substitute(values)


class Delivery(Sourced):
    """How often a gateway is tried, the pauses between (each twice the one before), and when news is too old to send.

    `languages` are sent, in this order; both are in the outbox. `hours`: whether messages wait until the office (for a
    unit's: the unit) is open; `at_once`: those that do not wait: the answer to a resident's own act (`own_act`), and
    petitions in which somebody is in danger (`life`).
    """

    tries: Annotated[int, Field(ge=1, le=100)]
    first_pause_seconds: Annotated[float, Field(gt=0, le=3600)]
    longest_pause_seconds: Annotated[float, Field(gt=0, le=86_400)]
    old_news_after_days: Annotated[int, Field(ge=1, le=365)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    hours: Literal["office", "any"]
    at_once: tuple[Literal["own_act", "life"], ...]


class MessageBook(Record):
    """Every template, the events without any, and words that differ from those of `rulebook.words`."""

    delivery: Delivery
    nobody: dict[Id, Text]
    words: dict[Id, dict[str, Name]]
    templates: tuple[Template, ...]

    def of(self, topic: str) -> tuple[Template, ...]:
        """Templates of a topic, in the order of the file."""
        return tuple(template for template in self.templates if template.on == topic)


def parse_messages(file: str, text: str, known: Mapping[str, Fields]) -> MessageBook:
    """The templates of a file; `known`: by topic, the fields a template may use.

    Raises RulebookError with every problem of one kind at once, each with file, path and what was expected.
    """
    value, problems = read_document(file, text)
    if problems:
        raise RulebookError(problems)
    try:
        book = MessageBook.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise RulebookError(
            Problem(file, _path(each["loc"]), each["msg"].removeprefix("Input should be "), shorten(each["input"]))
            for each in error.errors(include_url=False)
        ) from None
    if wrong := [Problem(file, *each) for each in _findings(book, known)]:
        raise RulebookError(wrong)
    return book


def unheard(book: MessageBook, topics: Iterable[str]) -> list[str]:
    """Topics with neither a template nor an entry under `nobody`."""
    told = {template.on for template in book.templates} | book.nobody.keys()
    return [topic for topic in topics if topic not in told]


def _path(place: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".") or "the file"


def _findings(book: MessageBook, known: Mapping[str, Fields]) -> Iterator[tuple[str, str, str]]:
    told = {template.on for template in book.templates}
    for topic in book.nobody:
        if topic not in known:
            yield f"nobody.{topic}", one_of(known, topic), repr(topic)
        elif topic in told:
            yield f"nobody.{topic}", "no event a template tells of", repr(topic)
    ids: set[str] = set()
    for number, template in enumerate(book.templates):
        path = f"templates[{number}]"
        if template.id in ids:
            yield f"{path}.id", "an id of its own", repr(template.id)
        ids.add(template.id)
        if template.on in known:
            yield from _template(path, template, known[template.on])
        else:
            yield f"{path}.on", one_of(known, template.on), repr(template.on)


def _template(path: str, template: Template, fields: Fields) -> Iterator[tuple[str, str, str]]:
    usable = fields.plain | (fields.personal if template.to in ("resident", "joined") else frozenset())
    for part in ("when", "unless"):
        for name in getattr(template, part):
            if name not in fields.plain:
                yield f"{path}.{part}.{name}", one_of(sorted(fields.plain), name), repr(name)
    for language in LANGUAGES:
        if not Words(getattr(template, language)).is_valid():
            yield f"{path}.{language}", "placeholders as ${receipt}, and $$ for a dollar", "a lone $"
            return
    yield from _placeholders(path, template, usable)


def _placeholders(path: str, template: Template, usable: Collection[str]) -> Iterator[tuple[str, str, str]]:
    used = {language: template.placeholders(language) for language in LANGUAGES}
    for language, names in used.items():
        for name in names:
            if name not in usable:
                yield f"{path}.{language}", one_of(sorted(usable), name), f"${{{name}}}"
        wanted = dict.fromkeys([ALWAYS, *(name for other in LANGUAGES for name in used[other])])
        for name in wanted:
            if name not in names:
                yield f"{path}.{language}", f"${{{name}}}, in both languages", "nothing of it"
