#!/usr/bin/env python3
"""Checks a log exported by `jieming audit export`, with nothing but Python 3.

    python3 verify.py log.jsonl.gz [CHECKPOINT...]

It recomputes every digest, the Merkle tree (RFC 6962) and the root hashes of
the checkpoints in the file and of those given, which somebody kept elsewhere.
It does not check signatures: `jieming audit verify --key` does. See log.md.
"""
import base64, gzip, hashlib, json, sys
from datetime import datetime


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def text(*words):
    return " ".join(str(w) for w in words).encode()


def sized(s):
    return f"{len(s.encode())}:{s}" if s else "-"


problems = []


def check(holds, subject, what):
    if not holds:
        problems.append(f"{subject}: {what}")


class Tree:
    """The roots of the full subtrees of a tree that grows."""

    def __init__(self):
        self.size, self.roots = 0, []

    def add(self, record):
        node, n = sha(b"\0", record), self.size
        while n & 1:
            node, n = sha(b"\1", self.roots.pop(), node), n >> 1
        self.roots.append(node)
        self.size += 1

    def root(self):
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = sha(b"\1", left, node)
        return node


tree, previous, entry, leaves, notes = Tree(), b"", None, [], {}
at_size = {}


def add_note(note):
    lines = note.split("\n")
    notes[int(lines[1]), lines[2]] = note


def close():
    """Checks the entry that is open and adds it to the tree, after its leaves."""
    global entry, previous
    if entry is None:
        return
    name, at = f"log entry {entry['seq']}", datetime.fromisoformat(entry["at"].replace("Z", "+00:00"))
    shown = at.strftime("%Y-%m-%d %H:%M:%S") + (f".{at.microsecond:06}".rstrip("0") if at.microsecond else "") + "+00"
    header = [entry["seq"], shown, entry["actor"]] + [entry[k] for k in ("case", "request") if entry.get(k)]
    check(len(leaves) == entry["leaves"], name, "has another number of leaves")
    check(sha(previous, text(*header), *leaves).hex() == entry["digest"], name, "its digest does not match")
    tree.add(text("entry", entry["seq"], at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), entry["leaves"], entry.get("case", "-"),
                  entry["digest"], sized(entry["actor"]), sized(entry.get("request"))))
    at_size[tree.size] = tree.root()
    previous, entry = bytes.fromhex(entry["digest"]), None
    leaves.clear()


ended = False
for line in gzip.open(sys.argv[1], "rt", encoding="utf-8"):
    (kind, item), = json.loads(line).items()
    if kind != "leaf":
        close()
    if kind == "entry":
        entry = item
    elif kind == "leaf":
        name, row = f"{item['relation']} row {item['row']}", item.get("stored")
        leaves.append(bytes.fromhex(item["digest"]))
        tree.add(text("row", entry["seq"], item["relation"], item["row"], item["op"], item["digest"]))
        if row is None:
            check(False, name, f"is in the log (entry {entry['seq']}) but not in its table")
        else:
            made = sha(text(item["relation"], item["op"], row["body"]), base64.b64decode(row.get("geom", "")))
            check(made.hex() == item["digest"], name, f"was altered after log entry {entry['seq']}")
    elif kind == "stray":
        check(False, f"{item['relation']} row {item['id']}", "is not in the log")
    elif kind == "checkpoint":
        add_note(item)
    ended = kind == "end"
check(ended, "the file", "was cut off")
for file in sys.argv[2:]:
    add_note(open(file, encoding="utf-8").read())
for size, root in sorted(notes):
    check(at_size.get(size) == base64.b64decode(root), f"checkpoint of {size} records", "is not of this log: it was rewritten or cut off")

print(f"{tree.size} records, root {tree.root().hex()}, {len(notes)} checkpoint{'' if len(notes) == 1 else 's'}")
print("\n".join(problems) or "nothing wrong")
sys.exit(bool(problems))
