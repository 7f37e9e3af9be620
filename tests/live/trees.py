"""What a record says of a tree, and what is true of it: a model of a file system that is moved by the
records of calls alone, held against snapshots (harness.snapshot) of before and after."""
import os
import stat

from harness import Failure

KEPT = 64 << 10  # of a larger file a write of the same bytes is not told from another
CREATES_BY_MODE = {"mknod", "mknodat"}
OPENS = {"open", "openat", "openat2", "creat"}
DELETED = " (deleted)"

# What else may differ when a call of this kind has succeeded: the kernel takes set-id bits and file
# capabilities away when a file is written or given away, and a mode and its ACL are one.
ALTERS = {
    "write": {"body", "size", "mtime", "mode", "xattrs"},
    "mode": {"mode", "xattrs"},
    "owner": {"owner", "mode", "xattrs"},
    "times": {"mtime"},
    "xattrs": {"xattrs", "mode"},
    "flags": set(),
}
ATTRIBUTES = {
    **dict.fromkeys(("chmod", "fchmod", "fchmodat", "fchmodat2"), "mode"),
    **dict.fromkeys(("chown", "fchown", "fchownat", "lchown", "chown32", "fchown32", "lchown32"), "owner"),
    **dict.fromkeys(("utime", "utimes", "futimesat", "utimensat", "utimensat_time64"), "times"),
    **dict.fromkeys(("setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr",
                     "fremovexattr", "removexattrat"), "xattrs"),
    **dict.fromkeys(("ioctl", "file_setattr"), "flags"),
}


def exact(record, key):
    """A name as the record states it, in Python's spelling of bytes."""
    if key + "_hex" in record:
        return os.fsdecode(bytes.fromhex(record[key + "_hex"]))
    return record.get(key)


def is_below(path, top):
    return path == top or path.startswith(top.rstrip("/") + "/")


def differences(was, now, entries=False):
    """The keys of two fingerprints that differ, but for what says only that entries of a directory came
    and went (unless entries), or that the file was opened."""
    keys = ("kind", "inode", "body", "size", "mtime", "mode", "owner", "xattrs")
    differ = {key for key in keys if was[key] != now[key]}
    return differ - {"size", "mtime"} if stat.S_ISDIR(now["kind"]) and not entries else differ


def is_changed(before, after):
    return before.keys() != after.keys() or any(differences(before[path], after[path]) for path in before)


class Doubt(Exception):
    """A record says that something was done that cannot have been done."""


class Thing:
    """A file of any type, whatever its names."""

    def __init__(self, kind, inode=None, target=None):
        self.kind, self.inode, self.target = kind, inode, target
        self.altered = set()  # words of ALTERS
        self.entries_changed = False


class Model:
    """What must be there, if the records are true and complete."""

    def __init__(self, before, roots):
        self.roots = [str(root) for root in roots]
        self.names, self.nameless, self.doubts, self.reasons = {}, {}, [], []
        things = {}
        for path, state in before.items():
            kind = state["kind"]
            thing = things.setdefault(state["inode"], Thing(kind, state["inode"],
                                                            state["body"] if stat.S_ISLNK(kind) else None))
            self.names[path] = thing

    def knows(self, path):
        return any(is_below(path, root) for root in self.roots)

    def doubt(self, path, what, record):
        """Before anything is done about that record."""
        if self.knows(path):
            shown = {k: v for k, v in record.items() if k in ("tid", "call", "path", "to", "flags", "result", "seq")}
            raise Doubt(f"{path}: {what}: {shown}")

    # ---- names ----

    def _entries_change(self, path):
        parent = self.names.get(os.path.dirname(path))
        if parent:
            parent.entries_changed = True

    def find(self, path):
        """The thing at that name; what lies outside of the roots is met when it is named."""
        if path.endswith(DELETED) and path in self.nameless:
            return self.nameless[path]
        if path not in self.names and not self.knows(path):
            self.names[path] = Thing(None)
        return self.names.get(path)

    def check_parent(self, path, record):
        if path not in self.roots and os.path.dirname(path) not in self.names:
            self.doubt(path, "made in no directory", record)

    def put(self, path, thing, record):
        self.check_parent(path, record)
        self.names[path] = thing
        self._entries_change(path)

    def take(self, path):
        thing = self.names.pop(path, None)
        self._entries_change(path)
        if thing:
            self.nameless[path + DELETED] = thing
        return thing

    def create(self, path, kind, record, target=None):
        if path in self.names and self.names[path].kind is not None:
            self.doubt(path, "made, and was there", record)
        self.put(path, Thing(kind, target=target), record)

    def delete(self, path, record):
        thing = self.find(path)
        if not thing:
            self.doubt(path, "removed, and was not there", record)
            return
        directory = record["call"] == "rmdir" or "AT_REMOVEDIR" in record.get("flags", "")
        if thing.kind is not None and stat.S_ISDIR(thing.kind) != directory:
            self.doubt(path, "removed as what it is not", record)
        if any(is_below(name, path) and name != path for name in self.names if self.knows(name)):
            self.doubt(path, "removed, and is not empty", record)
        self.take(path)

    def _below(self, path):
        """All that a rename takes along, by what follows the name."""
        places = []
        for table in (self.names, self.nameless):
            found = {name[len(path):]: table.pop(name) for name in list(table) if is_below(name, path)}
            places.append(found)
        return places

    def _drop(self, path, found):
        for table, moved in zip((self.names, self.nameless), found):
            table.update({path + rest: thing for rest, thing in moved.items()})

    def rename(self, old, new, flags, record):
        moved, there = self.find(old), self.find(new)
        if not moved:
            self.doubt(old, "renamed, and was not there", record)
            return
        self.check_parent(new, record)
        self._entries_change(old)
        if there and self.knows(new) and "RENAME_NOREPLACE" in flags:
            self.doubt(new, "not to be replaced, and was there", record)
        if "RENAME_EXCHANGE" in flags and not there:
            self.doubt(new, "exchanged, and was not there", record)
        if moved is there and "RENAME_EXCHANGE" not in flags:
            return  # two names of the same: rename(2) does nothing
        if "RENAME_EXCHANGE" in flags:
            ours, theirs = self._below(old), self._below(new)
            self._drop(new, ours)
            self._drop(old, theirs)
            self._entries_change(new)
            return
        if there and self.knows(new):
            self.take(new)
        self._drop(new, self._below(old))
        self.put(new, moved, record)
        if "RENAME_WHITEOUT" in flags:
            self.create(old, stat.S_IFCHR, record)

    def link(self, old, new, record):
        thing = self.find(old)
        if not thing and old.endswith(DELETED):
            thing = self.nameless[old] = Thing(stat.S_IFREG)  # of O_TMPFILE
        if not thing:
            self.doubt(old, "linked, and was not there", record)
            return
        if new in self.names and self.knows(new):
            self.doubt(new, "made, and was there", record)
        self.put(new, thing, record)

    # ---- records ----

    def open(self, path, record):
        flags = record.get("flags", "O_CREAT").split("|")
        if "O_TMPFILE" in flags:
            return
        thing = self.find(path)
        if "O_CREAT" in flags and (not thing or thing.kind is None):
            if record["class"] != "create":
                self.doubt(path, "created, by a record of another class", record)
            self.create(path, stat.S_IFREG, record)
        elif not thing:
            self.doubt(path, "opened, and was not there", record)
        elif record["class"] == "create" and "O_EXCL" in flags:
            self.doubt(path, "made, and was there", record)
        else:
            thing.altered.add("write")

    def alter(self, path, what, record):
        thing = self.find(path)
        if thing:
            thing.altered.add(what)
        elif not path.endswith(DELETED):
            self.doubt(path, "altered, and was not there", record)

    def add(self, record):
        """One call that has succeeded."""
        call, path, to = record["call"], exact(record, "path"), exact(record, "to")
        if call in OPENS:
            self.open(path, record)
        elif call in ("mkdir", "mkdirat"):
            self.create(path, stat.S_IFDIR, record)
        elif call in CREATES_BY_MODE:
            self.create(path, stat.S_IFMT(int(record["mode"], 8)) or stat.S_IFREG, record)
        elif call == "bind":
            self.create(path, stat.S_IFSOCK, record)
        elif call in ("symlink", "symlinkat"):
            self.create(path, stat.S_IFLNK, record, target=to)
        elif call in ("link", "linkat"):
            self.link(path, to, record)
        elif call in ("rename", "renameat", "renameat2"):
            self.rename(path, to, record.get("flags", "").split("|"), record)
        elif call in ("unlink", "unlinkat", "rmdir"):
            self.delete(path, record)
        elif call in ("truncate", "truncate64"):
            self.alter(path, "write", record)
        elif call in ATTRIBUTES:
            self.alter(path, ATTRIBUTES[call], record)
        elif record["class"] != "exec":
            raise Failure(f"the model does not know this call: {record}")

    def go_on(self, records):
        """Those of the records that cannot have happened yet."""
        left, held = [], set()
        self.reasons = []
        for record in records:
            try:
                if record["tid"] in held:
                    left.append(record)
                else:
                    self.add(record)
            except Doubt as doubt:
                left.append(record)
                held.add(record["tid"])
                self.reasons.append(str(doubt))
        return self.go_on(left) if left and len(left) < len(records) else left

    # ---- against what is true ----

    def _alterations(self, before, after):
        by_inode = {state["inode"]: state for state in before.values()}
        for path, thing in self.names.items():
            was, now = by_inode.get(thing.inode), after.get(path)
            if not was or not now:
                continue
            if was["inode"] != now["inode"]:
                yield f"{path}: not the file that the records lead to"
                continue
            may = set().union(*(ALTERS[word] for word in thing.altered))
            if stat.S_ISDIR(thing.kind):
                may |= {"size"} | ({"mtime"} if thing.entries_changed else set())
            for key in differences(was, now, entries=True) - may:
                if key != "kind":
                    yield f"{path}: {key} was {was[key]}, is {now[key]}, and no record says so"

    def _links(self, after):
        groups = {}
        for path, thing in self.names.items():
            if path in after and not stat.S_ISDIR(after[path]["kind"]):
                groups.setdefault(thing, set()).add(path)
        for names in groups.values():
            if len({after[name]["inode"] for name in names}) > 1:
                yield f"{sorted(names)}: linked, as the records say, and are not"

    def contradictions(self, before, after):
        """All that speaks against the records."""
        mine = {path: thing for path, thing in self.names.items() if self.knows(path)}
        found = list(self.doubts)
        found += [f"{path}: is there, and no record says so" for path in after.keys() - mine.keys()]
        found += [f"{path}: is not there, as the records say" for path in mine.keys() - after.keys()]
        for path in mine.keys() & after.keys():
            kind, state = mine[path].kind, after[path]
            if kind is not None and kind != state["kind"]:
                found.append(f"{path}: is of another type than the records say")
            if stat.S_ISLNK(state["kind"]) and mine[path].target not in (None, state["body"]):
                found.append(f"{path}: leads to {state['body']}, not as recorded to {mine[path].target}")
        by_inode = {}
        for path in mine.keys() & after.keys():
            by_inode.setdefault(after[path]["inode"], set()).add(path)
        for names in by_inode.values():
            if len({mine[name] for name in names}) > 1:
                found.append(f"{sorted(names)}: one file, and no record says so")
        found += self._links(after)
        found += self._alterations(before, after)
        return sorted(found)


def replay(run, before, roots):
    """A record is made when the thread is seen to return. Of calls that were under way at the same time
    the later may be seen first: then it waits, and what its thread did next, for what others did."""
    model = Model(before, roots)
    waiting = []
    for record in run.calls:
        if "result" not in record and record["class"] != "exec":
            raise Failure(f"a call without a result: {record}")
        if record.get("result", -1) >= 0:
            waiting.append(record)
        waiting = model.go_on(waiting)
    model.doubts += model.reasons
    return model


# ---- change records ----

TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo",
         stat.S_IFSOCK: "socket", stat.S_IFCHR: "char", stat.S_IFBLK: "block"}
WORDS = {"mode": "mode", "owner": "owner", "mtime": "times", "xattrs": "xattrs"}


def states(record, state):
    """What of a record's description of a file is not so."""
    uid, gid = state["owner"]
    true = {"type": TYPES[state["kind"]], "mode": f"0{stat.S_IMODE(int(state['mode'], 8)):03o}",
            "uid": uid, "gid": gid, "size": state["size"]}
    return [f"{key} is {true[key]}, not {record.get(key)}" for key in true if record.get(key) != true[key]]


class Changes:
    """The change records of a run, held against the trees; the model of the calls knows which file of
    before is which now, for the kernel gives numbers of inodes again at once."""

    def __init__(self, run, model, before, after):
        self.before, self.after, self.wrong = before, after, []
        self.model, self.by_inode = model, {}
        self.rewritten = set()  # what was renamed and has other content, too
        for path, state in before.items():
            self.by_inode.setdefault(state["inode"], []).append(path)
        self.records = {}
        for record in run.event("change"):
            path = exact(record, "path")
            if not model.knows(path) and not model.knows(exact(record, "from") or "/"):
                continue
            if record["change"] == "modified" and self.records.get(path, {}).get("change") == "renamed":
                self.rewritten.add(path)
                self.check_rewritten(path, record)
                continue
            if path in self.records:
                self.say(path, "two records", record)
            self.records[path] = record

    def say(self, path, what, record=None):
        shown = {k: v for k, v in (record or {}).items() if k not in ("event", "time", "host", "run", "seq")}
        self.wrong.append(f"{path}: {what}" + (f": {shown}" if record else ""))

    def first_names(self, path):
        """The names that what stands there had before."""
        thing = self.model.names[path]
        return self.by_inode.get(thing.inode, []) if thing.inode else []

    def came_along(self, path):
        """The name from which it came here with a directory."""
        above = os.path.dirname(path)
        while above not in self.model.roots and above != "/":
            record = self.records.get(above)
            if record and record["change"] == "renamed" and self.after[above]["kind"] == stat.S_IFDIR:
                return exact(record, "from") + path[len(above):]
            above = os.path.dirname(above)
        return None

    def expect(self, path):
        """The kinds of record of which one must stand there; none: there may be none."""
        first, now = self.first_names(path), self.after[path]
        if not first:
            return self.expect_new(path)
        if not self.stays(path):
            left = any(not self.stands(name, now) for name in first)
            return {"renamed", "linked"} if left else {"linked"}
        was = self.before[first[0]]
        differ = differences(was, now)
        words = self.model.names[path].altered
        if "times" in words and was["mtime"] != now["mtime"]:
            differ |= {"mtime"}
        if not stat.S_ISDIR(now["kind"]) and "body" in differ or "size" in differ:
            return {"modified"}
        if now["size"] > KEPT and "write" in words and "mtime" in differ:
            return {"attributes", "modified"}
        return {"attributes"} if differ else set()

    def expect_new(self, path):
        """What stands there was made by the run."""
        was, now = self.before.get(path), self.after[path]
        if not was or self.came_along(path) or self.has_moved(path):
            return {"created"} | ({"modified"} if was else set())
        if stat.S_ISLNK(now["kind"]) and not differences(was, now) - {"inode", "mtime"}:
            return set()  # links with the same text are alike
        if stat.S_ISDIR(was["kind"]) and stat.S_ISDIR(now["kind"]):
            # Made anew, it is what it was but for its attributes.
            return {"modified", "attributes"} if differences(was, now) - {"inode"} else {"attributes", None}
        return {"modified"}

    def stays(self, path):
        """It stands there since before, or came along with a directory."""
        first = self.first_names(path)
        return path in first or self.came_along(path) in first

    def stands(self, name, state):
        return name in self.after and self.after[name]["inode"] == state["inode"]

    def has_moved(self, path):
        """What stood there before stands elsewhere now."""
        was = self.before.get(path)
        return was and any(thing.inode == was["inode"] for thing in self.model.names.values())

    def others(self, path):
        """Its other names, of which a record may speak instead: that of a link is the name used."""
        thing = self.model.names[path]
        return [name for name in self.after if name != path and self.model.names[name] is thing]

    def is_told_elsewhere(self, path):
        """By the record of the name that was used, if that is still there."""
        names = self.first_names(path)
        return any(name in self.records for name in self.others(path)) or \
            len(names) > 1 and any(not self.stands(name, self.after[path]) for name in names)

    def check_present(self, path):
        record, expected = self.records.get(path), self.expect(path)
        if not expected:
            if record:
                self.say(path, "has not changed", record)
            return
        if not record:
            if None in expected:
                return
            if expected & {"modified", "attributes"} and self.is_told_elsewhere(path):
                return
            self.say(path, f"has no record; it is {expected}")
            return
        if record["change"] not in expected:
            self.say(path, f"is {expected}", record)
        self.check_fields(path, record)

    def is_rewritten(self, path):
        first = self.first_names(path)
        return bool(first) and self.before[first[0]]["body"] != self.after[path]["body"] and \
            stat.S_ISREG(self.after[path]["kind"])

    def check_rewritten(self, path, record):
        if not self.is_rewritten(path) and self.after[path]["size"] <= KEPT:
            self.say(path, "has the same content", record)
        for what in states(record, self.after[path]):
            self.say(path, what, record)

    def check_fields(self, path, record):
        now, first = self.after[path], self.first_names(path)
        for what in states(record, now):
            self.say(path, what, record)
        if stat.S_ISLNK(now["kind"]) and exact(record, "target") != now["body"]:
            self.say(path, f"leads to {now['body']}", record)
        if record["change"] == "renamed" and exact(record, "from") not in first:
            self.say(path, f"comes from {first}", record)
        if record["change"] == "renamed" and self.is_rewritten(path) and path not in self.rewritten:
            self.say(path, "has other content, too", record)
        if record["change"] == "linked" and exact(record, "from") not in self.others(path):
            self.say(path, f"is a link of {self.others(path)}", record)
        if record["change"] in ("modified", "attributes"):
            was = self.before[path if path in self.before else first[0]]
            if "before" not in record:
                self.say(path, "does not say what was before", record)
            for what in states(record.get("before", {}), was):
                self.say(path, "before: " + what, record)
        if record["change"] == "attributes" and first:
            was = self.before[first[0]]
            true = {WORDS[key] for key in differences(was, now, "times" in record["attributes"]) if key in WORDS}
            if set(record["attributes"]) != true:
                self.say(path, f"differs in {true}", record)

    def check_gone(self, path):
        record = self.records.get(path)
        if record:
            if record["change"] != "deleted":
                self.say(path, "is not there", record)
            for what in states(record.get("before", {}), self.before[path]):
                self.say(path, "before: " + what, record)
            if self.has_moved(path) and len(self.by_inode[self.before[path]["inode"]]) == 1:
                self.say(path, "has moved", record)
        elif not self.has_moved(path):
            self.say(path, "is deleted, and has no record")

    def check(self):
        for path in self.after:
            self.check_present(path)
        for path in self.before.keys() - self.after.keys():
            self.check_gone(path)
        for path in self.records.keys() - self.after.keys() - self.before.keys():
            self.say(path, "was never there", self.records[path])
        return sorted(self.wrong)
