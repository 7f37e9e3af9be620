"""Ways round a sandbox, as a table: what is attempted, how it is seen to have worked, and under which policy
it must not. test_waysround.py shows of each that it works without stopgate and does not with it; stopgate(7)
lists them by the names they have here.

A way is attempted from the directory {a}, which the policy allows, and goes for the tree {f} beside it, which
is forbidden. What it runs is one of
    words       calls of the probe program (probe.c), several separated by " -- "
    attack      a WAY of attack.c, with its arguments
    shell       a line for sh
and in these {name} stands for what `names` in test_waysround.py has.
"""
import os

SECRET = "hush-hush-4711"  # stands in forbidden files, and as the name of one
RAN = "it-was-executed"    # what the forbidden programs say, if they are given it as their argument

# ---- policies: an errno of its own for each, that no honest failure returns here ----


class Policy:
    """decides: how the line begins that refuses. kernel: Landlock alone holds what this forbids."""

    def __init__(self, errno, text, decides="default =", kernel=False):
        self.errno, self.decides, self.kernel = errno, decides, kernel
        self.text = text + f"errno = {errno}\n"


SYSTEM = "".join(f"allow = {d}\n" for d in ["{probes}", *sorted(
    {os.path.realpath(d) for d in ("/usr", "/bin", "/lib", "/lib32", "/lib64") if os.path.exists(d)})]
    if d == "/usr" or not d.startswith("/usr/"))

WRITE = Policy("EDQUOT", "[write]\ndefault = deny\nallow = {a}\nallow = /dev/null\n", kernel=True)
READ = Policy("EKEYEXPIRED", "[read]\ndefault = deny\nallow = {a}\nallow = /etc\nallow = /proc\nallow = /dev\n"
              + SYSTEM, kernel=True)
EXEC = Policy("ELIBBAD", "[exec]\ndefault = deny\n" + SYSTEM, kernel=True)
EXEC_HERE = Policy("ELIBBAD", "[exec]\ndefault = deny\nallow = {a}\n" + SYSTEM)
ATTR = Policy("EREMOTEIO", "[attr]\ndefault = deny\nallow = {a}\n")
# The one address keeps sockets of the internet from being refused as such.
CONNECT = Policy("EHOSTDOWN", "[connect]\ndefault = deny\nallow = {a}\nallow = inet:192.0.2.1:9\n")
# For a place that is not there yet, below one that is allowed.
ABSENT = Policy("ENOTUNIQ", "[write]\ndeny = {a}/absent/hooks\n", decides="deny =")
# An exception inside of what is allowed: below the reach of Landlock.
CARVED = Policy("ENOLINK", "[write]\ndeny = {f}\n", decides="deny =")

# ---- ways ----

WAYS = []


class Way:
    """wins: what it shows without stopgate: "changes" the forbidden tree, "reads" the secret, "runs" the
    forbidden program, "reaches" a forbidden socket, "plants" a forbidden name below {a}, or "works": the call at `at` succeeds. errno: of the result
    at that place, the policy's unless said otherwise; a shell's is not seen; closed: that it is one of a call which raises no stop, and so
    has no record. names: what the record says of the path, if not a name below {f}. prefix: of the bare run; bare: the attack that is made there
    instead. lacks:
    errnos by which a kernel or file system says that it does not have what is needed."""

    def __init__(self, group, name, words="", *, attack="", shell="", policy, wins, errno=None, at=-1,
                 closed=False, names=None, needs=(), kernel=None, setup=None, prefix=(), lacks=(), records=None,
                 bare=""):
        self.group, self.name, self.policy, self.wins = group, name, policy, wins
        self.words, self.attack, self.shell = words, attack, shell
        self.errno, self.at, self.closed = None if shell else errno or policy.errno, at, closed
        self.needs = (needs,) if isinstance(needs, str) else tuple(needs)
        self.needs += ("mounts",) if "--mount" in prefix else ()
        self.kernel = policy.kernel and not closed if kernel is None else kernel
        self.names, self.setup, self.prefix, self.lacks = names, setup, prefix, lacks
        self.records, self.bare = records, bare


def group(name, policy, wins):
    def add(way, words="", **more):
        WAYS.append(Way(name, way, words, policy=more.pop("policy", policy), wins=more.pop("wins", wins), **more))
    return add


TRUNCATE = "O_WRONLY|O_TRUNC"
NEW = "O_WRONLY|O_CREAT"
FILE = "openat cwd s:{f}/file " + TRUNCATE

# ---- writing: the contents of forbidden files ----

write = group("write", WRITE, "changes")

write("shared_mapping", attack="mmap {f}/file", at=0)
write("mapping_made_writable_later", attack="mprotect {f}/file", at=0)
write("mapping_reopened_through_map_files", attack="map-files {f}/file", needs="root")

# With a descriptor for writing, they get it; else the same number is one for reading.
READER = "openat cwd s:{f}/file O_RDWR -- openat cwd s:{f}/file O_RDONLY -- "
for name, words in [("ftruncate", "ftruncate 3 2"), ("fallocate", "fallocate 3 0 0 8192"),
                    ("punching_a_hole", "fallocate 3 3 0 4"), ("write", "write 3 s:hello 5"),
                    ("writev", "writev 3 iov:he,llo 2"), ("pwrite64", "pwrite64 3 s:hello 5 0 0"),
                    ("pwritev", "pwritev 3 iov:he,llo 2 0 0"), ("pwritev2_append", "pwritev2 3 iov:hello 1 0 0 16"),
                    ("append_by_fcntl", "fcntl 3 4 O_APPEND -- write 3 s:hello 5"),
                    ("sendfile", "openat cwd s:{a}/file 0 -- sendfile 3 5 null 5"),
                    ("copy_file_range", "openat cwd s:{a}/file 0 -- copy_file_range 5 null 3 null 5 0"),
                    ("splice", "pipe2 buf:8 0 -- write 6 s:hello 5 -- splice 5 null 3 null 5 0")]:
    write(f"{name}_on_a_reader", READER + words, at=0)

write("directory_passed_by_a_sibling", attack="passed-directory {f} file")
write("directory_inherited_by_a_grandchild", "openat cwd s:{f} O_PATH -- child child openat 3 s:file " + TRUNCATE)
write("directory_entered_before_a_fork", "chdir s:{f} -- child openat cwd s:file " + TRUNCATE)
write("directory_entered_by_a_thread", "openat cwd s:{f} O_PATH -- thread fchdir 3 -- openat cwd s:file " + TRUNCATE)
write("root_as_directory", "openat cwd s:/ O_PATH -- openat 3 s:.{f}/file " + TRUNCATE)
write("root_of_openat2", "openat cwd s:/ O_PATH -- openat2 3 s:{f}/file how:" + TRUNCATE + ":0:16 24")
write("openat2_of_a_whole_page", "openat2 cwd s:{f}/file words:" + TRUNCATE + ",0" * 511 + " 4096", needs="x86-64")


def chain(names, links, target):
    """{a}/way1 to {a}/wayN, each a link to the next, the last to target."""
    for i in range(1, links):
        os.symlink(f"way{i + 1}", f"{names['a']}/way{i}")
    os.symlink(target, f"{names['a']}/way{links}")


write("forty_links", "openat cwd s:way1 " + TRUNCATE, setup=lambda n: chain(n, 40, f"{n['f']}/file"))
write("forty_links_through_proc", "openat cwd s:/proc/self/cwd/way1 " + TRUNCATE,
      setup=lambda n: chain(n, 38, f"{n['f']}/file"))
write("forty_links_into_proc", "openat cwd s:way1 " + TRUNCATE,
      setup=lambda n: chain(n, 38, f"/proc/self/root{n['f']}/file"))
write("forty_links_of_directories", "openat cwd s:/proc/thread-self/cwd/way1/file " + TRUNCATE,
      setup=lambda n: chain(n, 38, n["f"]))


def hostile(name):
    def setup(names):
        names["odd"] = name
        with open(os.path.join(os.fsencode(names["f"]), os.fsencode(name)), "w", encoding="utf-8") as file:
            file.write("odd\n")
    return setup


HOSTILE = {"newline": "a\nb", "carriage_return": "a\rb", "escape_sequence": "\x1b[2J\x1b]0;x\x07",
           "bytes_that_are_not_utf8": "\udcff\udcfe\udc80", "text_that_turns_round": "\u202egpj.exe",
           "deleted_suffix": "file (deleted)", "dots": "...", "pattern": "*", "option": "-rf", "policy_line": "allow = {",
           "line_separator": "a\u2028b", "longest_name": "x" * 255, "longest_name_in_two_byte_letters": "\u00e9" * 127,
           "pipe_label": "pipe:[1]", "memfd_label": "memfd:x (deleted)"}
for name, text in HOSTILE.items():
    write(f"name_with_{name}", "openat cwd s:{f}/{odd} " + TRUNCATE, setup=hostile(text))

# {outsider} is a process of the same user that stands outside: the runner.
write("root_of_an_outsider", "openat cwd s:/proc/{outsider}/root{f}/file " + TRUNCATE)
write("cwd_of_an_outsider", "openat cwd s:/proc/{outsider}/cwd/..{f}/file " + TRUNCATE)
write("descriptor_of_an_outsider", "openat cwd s:/proc/{outsider}/fd/{outsider_fd} " + TRUNCATE)
write("task_of_an_outsider", "openat cwd s:/proc/{outsider}/task/{outsider}/fd/{outsider_fd} " + TRUNCATE)
write("directory_of_an_outsider", "openat cwd s:/proc/{outsider}/fd/{outsider_dir}/file " + TRUNCATE)

write("call_number_with_high_bits", "nr:0xdeadbeef00000101 cwd s:{f}/file " + TRUNCATE, needs="x86-64")
write("int80_with_high_bits", attack="int80-high-bits {f}/file", needs="i386")
write("int80_in_a_32_bit_code_segment", attack="code32 {f}/file", needs="i386")
write("after_another_exec", "execve s:{probe} argv:s:probe,s:openat,s:cwd,s:s:{f}/file,s:513 null")
write("after_personality", "personality 0x0440000 -- " + FILE)
write("after_undumpable", "prctl 4 0 0 0 0 -- " + FILE)
write("after_no_new_privs", "prctl 38 1 0 0 0 -- " + FILE)
write("after_capset", "capset words:0x20080522 words:0,0,0 -- " + FILE)
write("after_setsid", "child setsid -- child openat cwd s:{f}/file " + TRUNCATE)
write("after_chroot", "openat cwd s:{f} O_PATH -- chroot s:{a} -- openat 3 s:file " + TRUNCATE, needs="root")
write("after_chroot_by_old_cwd", "chdir s:{f} -- chroot s:{a} -- openat cwd s:file " + TRUNCATE, needs="root")
write("after_setresuid", "openat cwd s:{f} O_PATH -- setresuid 65534 65534 65534 -- openat 3 s:file " + TRUNCATE,
      needs="root", setup=lambda n: os.chmod(f"{n['f']}/file", 0o666))
write("name_below_a_file_in_proc", "openat cwd s:/proc/self/task/../cwd/../f/file " + TRUNCATE)
write("by_a_shell", shell="echo changed > {f}/file")
write("by_dd", shell="dd if=/dev/zero of={f}/file count=1 conv=notrunc")
write("by_sed_in_place", shell="sed -i s/c/d/ {f}/file")
write("by_truncate", shell="truncate -s 1 {f}/file")
write("by_tee_in_a_pipe", shell="echo changed | tee {f}/file")
write("by_cp_onto_it", shell="cp {a}/exe {f}/file")
write("by_python", shell="exec python3 -c 'open(\"{f}/file\", \"w\").write(\"changed\")'")

# ---- reading: what a forbidden file says ----

read = group("read", READ, "reads")

read("open", "openat cwd s:{f}/secret 0 -- read 3 buf:64 64 -- show", at=0)
read("open_for_both", "openat cwd s:{f}/secret O_RDWR -- read 3 buf:64 64 -- show", at=0)
read("open_with_creat", "openat cwd s:{f}/secret O_CREAT 0600 -- read 3 buf:64 64 -- show", at=0)
read("openat2", "openat2 cwd s:{f}/secret how:0:0:0 24 -- read 3 buf:64 64 -- show", at=0)
read("handle_reopened", "openat cwd s:{f}/secret O_PATH -- openat cwd s:/proc/self/fd/3 0 -- read 4 buf:64 64 -- show",
     at=0)
read("sendfile_to_output", "openat cwd s:{f}/secret 0 -- sendfile 1 3 null 100", at=0)
read("copied_by_the_kernel", "openat cwd s:{a}/file O_RDWR|O_TRUNC -- openat cwd s:{f}/secret 0 --"
     " copy_file_range 4 null 3 null 100 0", at=1)
read("spliced_into_a_pipe", "pipe2 buf:8 O_NONBLOCK -- openat cwd s:{f}/secret 0 -- splice 5 null 4 null 60 0 --"
     " read 3 buf:64 64 -- show", at=1)
read("mapped", attack="mmap-read {f}/secret", at=0)
read("hard_link_to_it", "linkat cwd s:{f}/secret cwd s:{a}/got 0 -- openat cwd s:{a}/got 0 -- read 3 buf:64 64 -- show",
     at=0, kernel=False)
read("renamed_to_where_reading_is_allowed", "renameat cwd s:{f}/secret cwd s:{a}/got -- openat cwd s:{a}/got 0 --"
     " read 3 buf:64 64 -- show", at=0, kernel=False)
read("exchanged_with_a_readable_file", "renameat2 cwd s:{a}/file cwd s:{f}/secret RENAME_EXCHANGE --"
     " openat cwd s:{a}/file 0 -- read 3 buf:64 64 -- show", at=0, kernel=False)
read("its_directory_renamed", "renameat cwd s:{f}/dir cwd s:{a}/got -- openat cwd s:{a}/got/inner 0 --"
     " read 3 buf:64 64 -- show", at=0, kernel=False)
read("link_laid_to_it", "symlink s:{f}/secret s:{a}/way -- openat cwd s:{a}/way 0 -- read 3 buf:64 64 -- show", at=1)
read("root_of_an_outsider", "openat cwd s:/proc/{outsider}/root{f}/secret 0 -- read 3 buf:64 64 -- show", at=0)
read("descriptor_of_an_outsider", "openat cwd s:/proc/{outsider}/fd/{outsider_secret} 0 -- read 3 buf:64 64 -- show",
     at=0)
read("current_directory_in_proc", "chdir s:{f} -- openat cwd s:/proc/self/cwd/secret 0 -- read 3 buf:64 64 -- show",
     at=1)
read("listing_of_the_directory", shell="ls {f}")
read("listing_from_inside", shell="cd {f} && ls")
read("names_by_a_glob", shell="cd {f} && echo *")
read("by_cat", shell="cat {f}/secret")
read("by_a_descriptor_of_the_shell", shell="exec 3< {f}/secret && cat <&3")
read("by_tar", shell="tar cf - -C {f} secret")
read("as_a_script", shell="sh {f}/secret")
read("as_a_list_of_names", shell="cat {a}/file $(cat {f}/secret)")

# ---- creating names in the forbidden tree ----

create = group("create", WRITE, "changes")

create("unnamed_file_linked_by_its_descriptor", "openat cwd s:{a} O_RDWR|O_TMPFILE 0600 --"
       " linkat 3 s: cwd s:{f}/new AT_EMPTY_PATH", lacks=("ENOENT", "EOPNOTSUPP"))
create("unnamed_file_linked_through_proc", "openat cwd s:{a} O_RDWR|O_TMPFILE 0600 --"
       " linkat cwd s:/proc/self/fd/3 cwd s:{f}/new AT_SYMLINK_FOLLOW", lacks=("EOPNOTSUPP",))
create("directory_renamed_while_inside", "chdir s:{a}/dir -- renameat cwd s:../dir cwd s:{f}/moved --"
       " openat cwd s:new " + NEW + " 0600", at=1)
create("root_as_directory", "openat cwd s:/ O_PATH -- openat 3 s:.{f}/new " + NEW + " 0600")
create("root_of_openat2", "openat cwd s:/ O_PATH -- openat2 3 s:{f}/new how:" + NEW + ":0600:16 24")
create("root_of_an_outsider", "openat cwd s:/proc/{outsider}/root{f}/new " + NEW + " 0600")
create("directory_of_an_outsider", "mkdirat cwd s:/proc/{outsider}/fd/{outsider_dir}/new 0700")
create("link_target_missing_beyond_forty", "openat cwd s:way1 " + NEW + " 0600",
       setup=lambda n: chain(n, 40, f"{n['f']}/new"))
create("socket_with_high_bits_of_length", "socket UNIX STREAM 0 -- bind 3 un:{f}/new 0xdeadbeef0000006e",
       needs="x86-64")
create("socket_with_a_longer_length", "socket UNIX STREAM 0 -- bind 3 un:{f}/new 110")
create("socket_of_datagrams", "socket UNIX DGRAM 0 -- bind 3 un:{f}/new len")
create("socket_of_packets", "socket UNIX 5 0 -- bind 3 un:{f}/new len")
create("socket_by_another_process", "socket UNIX STREAM 0 -- child bind 3 un:{f}/new len")
create("setgid_directory", "mkdirat cwd s:{f}/new 02777")
create("file_without_a_umask", "umask 0 -- openat cwd s:{f}/new " + NEW + " 0777")
create("whiteout_left_behind", "renameat2 cwd s:{f}/file cwd s:{a}/got RENAME_WHITEOUT")
create("by_mkdir_p", shell="mkdir -p {f}/new/deeper")
create("by_ln", shell="ln {a}/file {f}/new")
create("by_tar", shell="tar cf - file | tar xf - -C {f}/dir")
create("by_cp_of_a_tree", shell="cp -a {a}/dir {f}/new")
create("by_install", shell="install -m 755 {a}/file {f}/new")
for name in ("newline", "bytes_that_are_not_utf8", "longest_name", "escape_sequence", "deleted_suffix"):
    create(f"name_with_{name}", "openat cwd s:{f}/dir/{odd} " + NEW + " 0600",
           setup=lambda n, text=HOSTILE[name]: n.update(odd=text))

# What makes the name {a}/absent/hooks exist; it is at {a}/other/hooks that it may be made.
absent = "mkdirat cwd s:{a}/other 0700 -- mkdirat cwd s:{a}/other/hooks 0700 -- "
plant = group("create", ABSENT, "plants")
plant("symlink_above_a_forbidden_name", absent + "symlink s:other s:{a}/absent", names="^{a}/absent$")
plant("symlink_above_it_by_descriptor", absent + "openat cwd s:{a} O_PATH -- symlinkat s:other 3 s:absent",
      names="^{a}/absent$")
plant("symlink_renamed_above_it", absent + "symlink s:other s:{a}/x -- renameat cwd s:{a}/x cwd s:{a}/absent",
      names="^{a}/absent$")
plant("symlink_linked_above_it", absent + "symlink s:other s:{a}/x -- linkat cwd s:{a}/x cwd s:{a}/absent 0",
      names="^{a}/absent$")
plant("symlink_exchanged_above_it", absent + "symlink s:other s:{a}/x -- mkdirat cwd s:{a}/absent 0700 --"
      " renameat2 cwd s:{a}/x cwd s:{a}/absent RENAME_EXCHANGE", names="^{a}/absent$")
plant("directory_renamed_above_it", absent + "renameat cwd s:{a}/other cwd s:{a}/absent", names="^{a}/absent$")
plant("made_in_place", "mkdirat cwd s:{a}/absent 0700 -- mkdirat cwd s:{a}/absent/hooks 0700",
      names="^{a}/absent/hooks$")

# ---- deleting and moving away ----

delete = group("delete", WRITE, "changes")

delete("directory_descriptor_with_high_bits", "openat cwd s:{f} O_PATH -- unlinkat 0xdeadbeef00000003 s:file 0",
       needs="x86-64")
delete("both_descriptors_with_high_bits", "openat cwd s:{f} O_PATH -- openat cwd s:{a} O_PATH --"
       " renameat2 0xdead00000003 s:file 0xbeef00000004 s:got 0xdead00000000", needs="x86-64")
delete("renamed_from_inside", "chdir s:{f}/dir -- renameat cwd s:../dir cwd s:{a}/got")
delete("exchanged_from_inside", "chdir s:{f} -- renameat2 cwd s:dir cwd s:{a}/dir RENAME_EXCHANGE")
delete("what_stands_above_renamed", "renameat cwd s:{stage} cwd s:{stage}.moved", names=r"^{stage}$")
delete("descriptor_of_an_outsider", "unlinkat cwd s:/proc/{outsider}/fd/{outsider_dir}/file 0")
delete("directory_passed_into_a_child", "openat cwd s:{f} O_PATH -- child unlinkat 3 s:file 0")
delete("by_a_thread", "chdir s:{f} -- thread unlinkat cwd s:empty AT_REMOVEDIR")
delete("by_rm", shell="rm -rf {f}/dir")
delete("by_mv", shell="mv {f}/dir {a}/got")
delete("by_find", shell="find {f} -mindepth 1 -delete")
delete("by_rsync_like_rename", shell="cp {a}/file {a}/x && mv -f {a}/x {f}/file")

# ---- attributes: Landlock knows nothing of them ----

attr = group("attr", ATTR, "changes")

attr("access_list", attack="acl {f}/file", lacks=("EOPNOTSUPP",))
attr("access_list_of_a_directory", attack="acl {f}/dir", lacks=("EOPNOTSUPP",))
attr("xattr_of_a_directory", "setxattr s:{f}/dir s:user.x s:v 1 0", lacks=("EOPNOTSUPP",))
attr("xattr_of_a_directory_by_descriptor", "openat cwd s:{f}/dir 0 -- fsetxattr 3 s:user.x s:v 1 0",
     lacks=("EOPNOTSUPP",))
attr("trusted_xattr", "setxattr s:{f}/file s:trusted.x s:v 1 0", needs="root", lacks=("EOPNOTSUPP",))
attr("times_through_proc", "openat cwd s:{f}/file 0 -- utimensat cwd s:/proc/self/fd/3 null 0")
attr("times_by_descriptor_in_a_child", "openat cwd s:{f}/file 0 -- child utimensat 3 null null 0")
attr("mode_by_descriptor_in_a_thread", "openat cwd s:{f}/file 0 -- thread fchmod 3 0600")
attr("mode_with_high_bits_of_flags", "fchmodat2 cwd s:{f}/file 0600 0xdead00000000", needs="x86-64",
     lacks=("ENOSYS",))
attr("mode_of_a_handle_through_proc", "openat cwd s:{f}/file O_PATH -- fchmodat cwd s:/proc/self/fd/3 0600")
attr("setgid_bit", "fchmodat cwd s:{f}/dir 02777")
attr("owner_with_high_bits_of_descriptor", "openat cwd s:{f} O_PATH -- fchownat 0xdead00000003 s:file -1 -1 0",
     needs="x86-64")
attr("owner_of_the_working_directory", "chdir s:{f}/dir -- fchownat cwd s: -1 -1 AT_EMPTY_PATH")
attr("inode_flags_in_a_thread", "openat cwd s:{f}/file 0 -- thread ioctl 3 FS_IOC_SETFLAGS int:0x80040",
     lacks=("EOPNOTSUPP", "ENOTTY"))
attr("inode_flags_of_a_directory", "openat cwd s:{f}/dir 0 -- ioctl 3 FS_IOC_SETFLAGS int:0x80040",
     lacks=("EOPNOTSUPP", "ENOTTY"))
attr("generation_by_ext4_s_own_number", "openat cwd s:{f}/file 0 -- ioctl 3 EXT4_IOC_SETVERSION int:7",
     lacks=("EOPNOTSUPP", "ENOTTY"))
attr("descriptor_of_an_outsider", "fchmodat cwd s:/proc/{outsider}/fd/{outsider_fd} 0600")
attr("by_chmod", shell="chmod -R go-r {f}")
attr("by_touch", shell="touch -d 2001-01-01 {f}/file")
attr("by_chown", shell="chown $(id -u) {f}/file")
attr("by_cp_of_attributes", shell="touch {a}/file && cp --attributes-only -p {a}/file {f}/file")

# ---- executing a forbidden program; {a} may be written to, and nothing there executed ----

execute = group("exec", EXEC, "runs")

execute("in_a_thread", "thread execve s:{f}/exe argv:s:exe,s:{ran} null")
execute("in_a_vfork_child", attack="vfork-exec {f}/exe {ran}")
execute("from_memory", attack="memfd-exec {f}/exe {ran}", names=r"^memfd:program", kernel=False)
execute("flags_with_high_bits", "openat cwd s:{f}/exe O_PATH --"
        " execveat 0xdead00000003 s: argv:s:exe,s:{ran} null 0xdead00001000", needs="x86-64")
execute("root_of_an_outsider", "execve s:/proc/{outsider}/root{f}/exe argv:s:exe,s:{ran} null")
execute("linked_to_from_an_allowed_place", "symlink s:{f}/exe s:{a}/way -- execve s:{a}/way argv:s:exe,s:{ran} null")
execute("copied_to_a_writable_place", shell="cp {f}/exe {a}/copy && {a}/copy {ran}", names="^{a}/copy")
execute("hard_link_to_it", "linkat cwd s:{f}/exe cwd s:{a}/copy 0 -- execve s:{a}/copy argv:s:exe,s:{ran} null", at=0,
        policy=EXEC_HERE, kernel=False)
execute("deleted_after_it_was_opened", "openat cwd s:{a}/exe 0 -- unlinkat cwd s:{a}/exe 0 --"
        " execveat 3 s: argv:s:exe,s:{ran} null AT_EMPTY_PATH", names="^{a}/exe")
execute("unnamed_file", shell="exec 3<> {a}/x && cp {f}/exe /proc/self/fd/3 && chmod 755 {a}/x && exec 3>&- &&"
        " exec 3< {a}/x && rm {a}/x && /proc/self/fd/3 {ran}", names="^{a}/x")
execute("script_in_a_writable_place", shell="printf '#!/bin/sh\\necho {ran}\\n' > {a}/s && chmod 755 {a}/s && {a}/s",
        names="^{a}/s$")
execute("through_env", shell="env {f}/exe {ran}")
execute("through_xargs", shell="echo {ran} | xargs {f}/exe")
execute("through_find", shell="find {f}/exe -exec '{}' {ran} ';'")
execute("through_posix_spawn", shell="python3 -c 'import os; os.waitpid(os.posix_spawn(\"{f}/exe\","
        " [\"exe\", \"{ran}\"], {}), 0)'")
execute("from_the_directory_itself", shell="cd {f} && ./exe {ran}")
execute("along_path", shell="PATH={f}:$PATH && exe {ran}")

# ---- connecting ----

connect = group("connect", CONNECT, "reaches")

connect("length_with_high_bits", "socket UNIX STREAM 0 -- connect 3 un:{f}/sock 0xdeadbeef0000006e", needs="x86-64")
connect("packets", "socket UNIX 5 0 -- connect 3 un:{f}/seq len")
connect("datagrams_connected_first", "socket UNIX DGRAM 0 -- connect 3 un:{f}/dgram len -- write 3 s:hi 2", at=1)
connect("datagram_with_high_bits_of_length", "socket UNIX DGRAM 0 -- sendto 3 s:hi 2 0 un:{f}/dgram 0xdead0000006e",
        needs="x86-64")
connect("message_with_a_huge_name_length", "socket INET DGRAM 0 -- sendmsg 3 words:in:{port},0x7fffffff,iov:hi,1,0,0,0 0",
        names=r"^inet:127", needs="x86-64")
connect("message_count_of_minus_one", "socket UNIX DGRAM 0 -- sendmmsg 3 mmsg:un:{f}/dgram,hi 0xffffffff 0")
connect("multipath_tcp", "socket INET STREAM 262 -- connect 3 in:{port} len", names=r"^inet:127",
        lacks=("EPROTONOSUPPORT", "ENOPROTOOPT"))
connect("ipv4_address_on_an_ipv6_socket", "socket INET6 DGRAM 0 -- sendto 3 s:hi 2 0 in:{port} len", names=r"^inet:127")
connect("inherited_socket", "socket INET STREAM 0 -- child connect 3 in:{port} len", names=r"^inet:127")
connect("socket_that_does_not_block", "socket INET 0x801 0 -- connect 3 in:{port} len", names=r"^inet:127", at=1,
        lacks=("ECONNREFUSED",))
connect("deferred_to_the_first_write", "socket INET STREAM 0 -- nr:54 3 6 30 int:1 4 -- connect 3 in:{port} len --"
        " write 3 s:hi 2", names=r"^inet:127", at=2, needs="x86-64")
connect("socket_through_an_outsider_s_root", "socket UNIX STREAM 0 -- connect 3 un:/proc/{outsider}/root{f}/sock len",
        setup=lambda n: None)
connect("by_bash", shell="exec bash -c 'echo hi > /dev/tcp/127.0.0.1/{port}'", names=r"^inet:127")
connect("by_python", shell="exec python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}))'",
        names=r"^inet:127")

# ---- calls that would undo the confinement; test_closed.py has every one of them ----

closed = group("closed", WRITE, "changes")

closed("io_uring", attack="io-uring {f}/file", at=0, errno="ENOSYS", closed=True)
closed("own_namespace_with_a_bind_mount", "unshare 0x10020000 -- mount s:{f} s:{a}/empty null 4096 null --"
       " openat cwd s:{a}/empty/file " + TRUNCATE, at=0, errno="EPERM", closed=True, needs="user-namespaces")
closed("own_namespace_with_a_chroot", "unshare 0x10000000 -- openat cwd s:{f} O_PATH -- chroot s:{a} --"
       " openat 3 s:file " + TRUNCATE, at=0, errno="EPERM", closed=True, needs="user-namespaces")
closed("bind_mount", "mount s:{f} s:{a}/empty null 4096 null -- openat cwd s:{a}/empty/file " + TRUNCATE, at=0,
       errno="EPERM", closed=True, needs="root", prefix=("unshare", "--mount"))
closed("detached_mount", "open_tree cwd s:{f} 1 -- openat 3 s:file " + TRUNCATE, at=0, errno="EPERM", closed=True,
       needs="root", prefix=("unshare", "--mount"))
closed("moved_mount", "open_tree cwd s:{f} 1 -- move_mount 3 s: cwd s:{a}/empty 4 --"
       " openat cwd s:{a}/empty/file " + TRUNCATE, at=0, errno="EPERM", closed=True, needs="root",
       prefix=("unshare", "--mount"))
closed("namespace_of_another", "openat cwd s:/proc/{outsider}/ns/mnt 0 -- setns 3 0x20000 -- " + FILE, at=1, errno="EPERM",
       closed=True, needs=("root", "mounts"))
closed("file_handle", attack="handle {f}/file", at=0, errno="EPERM", closed=True, needs="root")
closed("untraced_child", attack="clone-untraced {f}/file", at=0, errno="EPERM", closed=True)
closed("untraced_child_by_clone3", attack="clone3-untraced {f}/file", at=0, errno="ENOSYS", closed=True)
closed("seccomp_listener", attack="filter-listener {f}/file", at=0, errno="EPERM", closed=True)
closed("device_of_the_file_system", "mknodat cwd s:{a}/disk 060600 {device} -- openat cwd s:{a}/disk O_RDWR",
       at=0, errno="EPERM", closed=True, needs="root", wins="works")

# ---- processes, threads, signals: who does it and when ----

processes = group("processes", WRITE, "changes")

for name in ("thread", "vfork", "clone-shared", "clone-sighand", "orphan", "daemon", "thread-exec", "handler", "signalled"):
    processes(name.replace("-", "_"), attack=name + " {f}/file", records=200 if name == "signalled" else None)
processes("clone_parent", attack="clone-parent {f}/file", prefix=("sh", "-c", '"$@"; true', "sh"))
processes("leader_is_a_zombie", attack="leaderless {f} file")
processes("program_in_memory", attack="memfd-exec {attack} deed {f}/file")
processes("call_restarted_after_a_signal", attack="restart {a}/waits {f}/file")
processes("carved_out_thread", attack="thread {f}/file", policy=CARVED)
processes("carved_out_vfork", attack="vfork {f}/file", policy=CARVED)
processes("carved_out_restart", attack="restart {a}/waits {f}/file", policy=CARVED)
processes("by_nohup_in_the_background", shell="nohup sh -c 'sleep 0.05; echo changed > {f}/file' > /dev/null 2>&1 & wait",)
processes("by_setsid", shell="setsid -w sh -c 'echo changed > {f}/file'")

# ---- tracing: other processes, own filters, the tracer itself ----

tracing = group("tracing", WRITE, "changes")

tracing("ptrace_of_a_child", attack="ptrace {f}/file", at=0, errno="EPERM", closed=True)
tracing("memory_of_a_child_written_by_call", attack="vm-writev {f}/file", at=0, errno="EPERM", closed=True)
tracing("memory_of_a_child_written_by_proc", attack="proc-mem {f}/file", at=0, names=r"^/proc/\d+/mem$")
tracing("own_read_only_memory_written_by_proc", attack="own-mem {f}/file")
tracing("descriptor_taken_from_a_child", attack="pidfd-getfd {f}/file", at=1, errno="EPERM")
tracing("filter_that_allows", attack="filter-allow {f}/file")
tracing("filter_that_logs", attack="filter-log {f}/file")
tracing("filter_with_data_of_its_own", attack="filter-trace {f}/file", bare="filter-allow {f}/file",
        kernel=False)
tracing("filter_for_all_threads", attack="filter-threads {f}/file")
tracing("filter_that_hides_the_call", attack="filter-errno {f}/file")
tracing("filter_that_traps_and_retries", attack="filter-trap {f}/file")
tracing("calls_dispatched_by_the_program", attack="user-dispatch {f}/file", needs="x86-64")

# ---- memory: where the path lies ----

memory = group("memory", WRITE, "changes")

for name in ("memfd", "shm", "anonymous", "read-only", "across", "huge"):
    memory(name.replace("-", "_"), attack=f"memory-{name} {{f}}/file")
memory("secret", attack="memory-secret {f}/file", errno="EFAULT", kernel=False, closed=True)
memory("mapped_file", attack="memory-file {a}/path", setup=lambda n: open(f"{n['a']}/path", "w", encoding="utf-8").write(
    f"{n['f']}/file"))
memory("userfaultfd", attack="memory-userfaultfd {f}/file", needs="root", at=0, errno="EPERM", closed=True)
memory("userfaultfd_device", attack="memory-userfaultfd-device {f}/file", needs="root", at=0, errno="EPERM", closed=True,
       lacks=("EBADF",))
memory("fuse", attack="memory-fuse {a}/empty {f}/file", needs="root", at=-1, prefix=("unshare", "--mount"))
memory("edge_of_a_page", "openat cwd e:{f}/file " + TRUNCATE)

# ---- resources: many, and little ----

resources = group("resources", WRITE, "changes")

resources("thousand_threads", attack="threads {f}/file 1000", records=1000)
resources("fork_bomb", attack="bomb {f}/file 7", records=255)
resources("no_resources", attack="limits {f}/file")
