#!/usr/bin/python3
"""Validate stopgate's JSON records: each line of standard input against record.schema.json.

Needs python3-jsonschema. Exits 1 at the first invalid line, naming it; 0 if all are valid and there is
at least one.
"""
import json
import pathlib
import re
import sys

from jsonschema import Draft202012Validator

SCHEMA = pathlib.Path(__file__).with_name("record.schema.json")
KINDS = ("start", "call", "fork", "exec", "exit", "change", "part", "limit", "end")
# Control characters of C0 and C1, DEL, line separators, and what reorders text.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def object_without_duplicates(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"duplicate key {key!r}")
    return dict(pairs)


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def check_exact_bytes(record):
    """What path_hex holds must look like path where it is not UTF-8."""
    for key, shown in record.items():
        exact = record.get(key + "_hex")
        if not isinstance(shown, str) or exact is None:
            continue
        decoded = "".join(
            "\ufffd" if "\udc80" <= c <= "\udcff" else c
            for c in bytes.fromhex(exact).decode("utf-8", "surrogateescape")
        )
        if decoded != shown:
            raise ValueError(f"{key}_hex does not hold the bytes of {key}")


def check_line(schema, line):
    if not line.endswith(b"\n"):
        raise ValueError("no newline at the end")
    text = line[:-1].decode("utf-8")
    unsafe = UNSAFE.search(text)
    if unsafe:
        raise ValueError(f"unescaped {unsafe.group()!a} in column {unsafe.start() + 1}")
    record = json.loads(
        text, object_pairs_hook=object_without_duplicates, parse_constant=refuse_constant
    )
    errors = [f"{error.json_path}: {error.message}" for error in errors_of(schema, record)]
    if errors:
        raise ValueError("; ".join(errors))
    check_exact_bytes(record)


def errors_of(schema, record):
    """Of an invalid record the errors of the branch that it names: they say more than oneOf's."""
    errors = list(Draft202012Validator(schema).iter_errors(record))
    kind = record.get("event") if isinstance(record, dict) else None
    kind = record.get("process") if kind == "process" else kind
    if not errors or not isinstance(kind, str) or kind not in KINDS:
        return errors
    branch = {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]}
    return list(Draft202012Validator(branch).iter_errors(record)) or errors


def main():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    number = 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        try:
            check_line(schema, line)
        except ValueError as error:
            sys.exit(f"record {number}: {error}")
    if number == 0:
        sys.exit("no records")
    print(f"{number} records are valid")


if __name__ == "__main__":
    main()
