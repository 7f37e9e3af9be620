"""What a record says of a tree, and what is true of it: a model of a file system that is moved by the
records of calls alone, held against snapshots (harness.snapshot) of before and after."""
import os
import stat

from harness import Failure

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
        self.names, self.nameless, self.doubts = {}, {}, []
        things = {}
        for path, state in before.items():
            kind = state["kind"]
            thing = things.setdefault(state["inode"], Thing(kind, state["inode"],
                                                            state["body"] if stat.S_ISLNK(kind) else None))
            self.names[path] = thing

    def knows(self, path):
        return any(is_below(path, root) for root in self.roots)

    def doubt(self, path, what, record):
        if self.knows(path):
            shown = {k: v for k, v in record.items() if k in ("call", "path", "to", "flags", "result", "seq")}
            self.doubts.append(f"{path}: {what}: {shown}")

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

    def put(self, path, thing, record):
        if self.knows(path) and path not in self.roots and os.path.dirname(path) not in self.names:
            self.doubt(path, "made in no directory", record)
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
        self._entries_change(old)
        if moved is there and "RENAME_EXCHANGE" not in flags:
            return  # two names of the same: rename(2) does nothing
        if "RENAME_EXCHANGE" in flags:
            if not there:
                self.doubt(new, "exchanged, and was not there", record)
            ours, theirs = self._below(old), self._below(new)
            self._drop(new, ours)
            self._drop(old, theirs)
            self._entries_change(new)
            return
        if there and self.knows(new):
            if "RENAME_NOREPLACE" in flags:
                self.doubt(new, "not to be replaced, and was there", record)
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
            self.doubts.append(f"the model does not know this call: {record}")

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
    model = Model(before, roots)
    for record in run.calls:
        if "result" not in record and record["class"] != "exec":
            raise Failure(f"a call without a result: {record}")
        if record.get("result", -1) >= 0:
            model.add(record)
    return model
