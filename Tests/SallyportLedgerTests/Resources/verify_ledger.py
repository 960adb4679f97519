#!/usr/bin/env python3
"""Verifies a Sallyport ledger, and shares no code with Sallyport. Needs Python 3.9 and nothing else.

    verify_ledger.py FOLDER [SEQ:HASH]

Prints one line of JSON; ends with 0 where the ledger is whole, with 1 where it is not, and with 2
where there is none. SEQ:HASH is a record that was noted earlier and must still be there. docs/ledger.md
has the format.
"""
import hashlib
import json
import os
import re
import sys

MAXIMUM_LINE = 16_384
MAXIMUM_UNFINISHED = 256 * 1024
NONE = "0" * 64


class Problem(Exception):
    pass


def check(condition, problem):
    if not condition:
        raise Problem(problem)


def parse(line):
    """A line's record: printable ASCII that json.dumps writes again byte for byte."""
    try:
        text = line.decode("ascii")
        record = json.loads(text)
        json.dumps(record, ensure_ascii=False).encode()  # no half of a surrogate pair
        ok = (
            json.dumps(record, separators=(",", ":")) == text
            and len(record) <= 64
            and list(record)[:4] == ["seq", "time", "prev", "kind"]
            and all(is_value(value) for value in record.values())
            and type(record["seq"]) is int and record["seq"] > 0
            and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["time"])
            and re.fullmatch(r"[0-9a-f]{64}", record["prev"])
            and re.fullmatch(r"[a-z][a-z_]{0,31}", record["kind"])
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        ok = False
    check(ok, "malformed")
    return record


def is_value(value):
    if type(value) is int:
        return 0 <= value < 2**63
    return type(value) is str or type(value) is list and all(type(item) is str for item in value)


class Chain:
    def __init__(self, head, expected):
        self.head, self.expected = head, expected
        self.ledger = head and head["ledger"]
        self.count, self.first, self.last, self.seen = 0, None, (0, NONE), False

    def reached_head(self):
        return self.head is not None and self.last[0] >= self.head["seq"]

    def take(self, line, name):
        """`name` is the number in the file's name, for its first line, and None for the others."""
        record = parse(line)
        seq, kind = record["seq"], record["kind"]
        if self.count:
            check(seq == self.last[0] + 1, "sequence")
        check(name is None or seq == name, "sequence")
        if self.count:
            check(record["prev"] == self.last[1], "hash")
        else:
            check(self.head is None or seq <= max(self.head["seq"], 1), "head_before_first")
            check(seq > 1 or record["prev"] == NONE, "hash")
        ledger = self.ledger
        if name is None:
            check(kind not in ("opened", "continued"), "misplaced")
        else:
            check(kind == ("opened" if seq == 1 else "continued"), "misplaced")
            check(type(record.get("ledger")) is str, "misplaced")
            check(ledger in (None, record["ledger"]), "foreign_ledger")
            ledger = record["ledger"]
        digest = hashlib.sha256(line).hexdigest()
        if self.head and seq == self.head["seq"]:
            check(digest == self.head["hash"], "other_than_head")
        if self.expected and seq == self.expected[0]:
            check(digest == self.expected[1], "other_than_expected")
            self.seen = True
        self.ledger, self.first, self.last = ledger, self.first or seq, (seq, digest)
        self.count += 1


def read_head(folder):
    """The head, or None where there is no such file. It is rewritten in place: read it twice."""
    try:
        for _ in range(100):
            data, again = (open(os.path.join(folder, "head"), "rb").read(193) for _ in range(2))
            if data == again:
                break
    except FileNotFoundError:
        return None
    pattern = rb'\{"ledger":"[0-9a-f]{32}","seq":(0|[1-9]\d{0,18}),"hash":"[0-9a-f]{64}"\} *\n'
    check(len(data) == 192 and re.fullmatch(pattern, data), "head_malformed")
    head = json.loads(data)
    check(head["seq"] < 2**63, "head_malformed")
    return head


def lines(file):
    """Each line without its line feed, and where it begins; fails where one is none."""
    offset = 0
    while line := file.readline(MAXIMUM_LINE + 1):
        whole = line.endswith(b"\n")
        yield line[:-1] if whole else line, offset, whole
        offset += len(line)


def walk(folder, names, chain, result):
    for index, name in enumerate(names):
        number = 0
        with open(os.path.join(folder, name), "rb") as file:
            for line, offset, whole in lines(file):
                number += 1
                try:
                    check(whole or len(line) <= MAXIMUM_LINE, "line_too_long")
                    check(whole, "malformed")
                    chain.take(line, int(name[:20]) if number == 1 else None)
                except Problem as problem:
                    rest = os.path.getsize(os.path.join(folder, name)) - offset
                    rest += sum(os.path.getsize(os.path.join(folder, n)) for n in names[index + 1:])
                    if chain.reached_head() and rest <= MAXIMUM_UNFINISHED:
                        result["unfinished_bytes"] = rest
                        return
                    result.update(file=name, line=number)
                    raise problem


def verify(folder, expected):
    result = {"problem": None, "file": None, "line": None, "unfinished_bytes": 0}
    chain = Chain(None, expected)
    try:
        head = read_head(folder)
        names = sorted(n for n in os.listdir(folder) if is_name(n))
        if head is None and not names:
            raise FileNotFoundError(f"{folder} holds no ledger")
        chain = Chain(head, expected)
        walk(folder, names, chain, result)
        check(head is not None, "head_missing")
        check(chain.reached_head(), "ends_before_head")
        check(expected is None or chain.seen, "expected_missing")
    except Problem as problem:
        result["problem"] = str(problem)
        if result["problem"] == "head_malformed":
            result["file"] = "head"
    result.update(
        ledger=chain.ledger, count=chain.count, first=chain.first,
        last=f"{chain.last[0]}:{chain.last[1]}" if chain.count else None)
    return result


def is_name(name):
    return re.fullmatch(r"\d{20}\.jsonl", name, re.ASCII) and 0 < int(name[:20]) < 2**63


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    expected = None
    if len(sys.argv) == 3:
        sequence, _, digest = sys.argv[2].partition(":")
        expected = (int(sequence), digest)
    try:
        result = verify(sys.argv[1], expected)
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(json.dumps(result))
    sys.exit(0 if result["problem"] is None else 1)


if __name__ == "__main__":
    main()
