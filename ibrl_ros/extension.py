"""Extension: a section of a configuration whose model belongs to the class that the section names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import InitErrorDetails, core_schema

from ibrl_ros.register import Register


class ExtensionError(ValueError):
    """Faults of a section, found by the model of the class that it names.

    Attributes:
        model: of that class.
        error: what it found.
    """

    def __init__(self, model: type[BaseModel], error: ValidationError) -> None:
        super().__init__(str(error))
        self.model, self.error = model, error


class Extensions:
    """Annotates a mapping: each section is checked by the `Config` of the class that its key names.

        Annotated[dict[str, SerializeAsAny[DeviceConfig]], Extensions(DEVICES)]

    Attributes:
        register: of the classes.
    """

    def __init__(self, register: Register) -> None:
        self.register = register

    def parse(self, sections: Any) -> Any:
        """The sections as their classes' configurations; what is one already stays.

        Raises:
            ValueError: this is no mapping.
            ValidationError: with the fault of each section, at its key.
        """
        if not isinstance(sections, dict):
            raise ValueError(f"sections are expected, whose keys name a {self.register.kind} each")
        parsed, faults = {}, []
        for name, section in sections.items():
            try:
                parsed[name] = self._section(name, section)
            except ValueError as error:
                faults.append(
                    InitErrorDetails(type="value_error", loc=(name,), input=section, ctx={"error": error})
                )
        if faults:
            raise ValidationError.from_exception_data(self.register.kind, faults)
        return parsed

    def _section(self, name: Any, section: Any) -> Any:
        if isinstance(section, BaseModel):
            return section
        if not isinstance(section, dict):
            raise ValueError(f"a section is expected, of the {self.register.kind} that its key names")
        return _checked(section, model_of(self.register, str(name)))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """The schema of the field's type, behind `parse`."""
        return core_schema.no_info_before_validator_function(self.parse, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The field's schema, with the kind of class that fills it, for the page of all keys."""
        return {**handler(schema), "register": self.register.kind, "key": None}


def model_of(register: Register, name: str) -> type[BaseModel]:
    """The model of a class's settings, by the class's name.

    Raises:
        ValueError: there is no such class.
    """
    model: type[BaseModel] = register.find(name).Config  # type: ignore[attr-defined]  # all classes have it
    return model


def _checked(section: dict[str, Any], model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(section)
    except ValidationError as error:
        raise ExtensionError(model, error) from error


def extension_of(field: FieldInfo) -> Extension | None:
    """The extension with which a model's field is annotated, if it is, be it beside null."""
    options = [field, *get_args(field.annotation)]
    found = (one for option in options for one in _metadata(option) if isinstance(one, Extension))
    return next(found, None)


def _metadata(option: Any) -> Sequence[Any]:
    return getattr(option, "metadata", ()) or getattr(option, "__metadata__", ())


class Extension:
    """Annotates a field of a model: the section is checked by the `Config` of the class that its key names.

        source: Annotated[SerializeAsAny[SourceConfig], Extension(CAMERAS, "kind")]

    Attributes:
        register: of the classes.
        key: of the section that names the class.
        default: the name where the section has no such key; None: the key must be there.
    """

    def __init__(self, register: Register, key: str, default: str | None = None) -> None:
        self.register, self.key, self.default = register, key, default

    def parse(self, section: Any) -> Any:
        """The section as its class's configuration; what is one already stays.

        Raises:
            ValueError: no section, no such class.
            ExtensionError: its class's model finds faults.
        """
        if isinstance(section, BaseModel):
            return section
        if not isinstance(section, dict):
            raise ValueError(f"a section is expected, whose key {self.key} names a {self.register.kind}")
        name = section.get(self.key, self.default)
        if not isinstance(name, str):
            known = ", ".join(self.register.names())
            raise ValueError(f"{self.key} must name a {self.register.kind}; known: {known}")
        return _checked({**section, self.key: name}, model_of(self.register, name))

    def applicable(self, base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        """What of a section still holds beside changes to it; if they name another class, what that knows."""
        name = changes.get(self.key)
        if not isinstance(name, str) or name == base.get(self.key, self.default):
            return base
        try:
            known = model_of(self.register, name).model_fields
        except ValueError:
            return base  # `parse` says what is wrong
        return {key: value for key, value in base.items() if key in known}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """The schema of the field's type, behind `parse`."""
        return core_schema.no_info_before_validator_function(self.parse, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The field's schema, with the kind of class that fills it, for the page of all keys."""
        return {
            **handler(schema),
            "register": self.register.kind,
            "key": self.key,
            "default_kind": self.default,
        }
