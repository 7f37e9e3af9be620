"""Every policed call, in each of its ways. The last test holds the list against `stopgate --list-calls`."""
import re

import harness
from harness import promise
from rows import KNOWN, KNOWN32, WORDS, Row, check_row, rows_for

ROWS = []


def row(name, cls, words, **more):
    ROWS.append(Row(name, cls, words, **more))


# ---- opening ----

for way, cls, name, flags, mode, said in [
    ("read", "read", "file", "O_RDONLY", "0", "O_RDONLY"),
    ("directory", "read", "dir", "O_DIRECTORY", "0", "O_RDONLY|O_DIRECTORY"),
    ("path", "read", "file", "O_PATH", "0", "O_RDONLY|O_PATH"),
    ("read-of-rdwr", "read", "file", "O_RDWR", "0", "O_RDWR"),
    ("write", "write", "file", "O_WRONLY", "0", "O_WRONLY"),
    ("write-of-rdwr", "write", "file", "O_RDWR", "0", "O_RDWR"),
    ("append", "write", "file", "O_WRONLY|O_APPEND", "0", "O_WRONLY|O_APPEND"),
    ("truncate", "write", "file", "O_TRUNC", "0", "O_RDONLY|O_TRUNC"),
    ("neither", "read", "file", "O_ACCMODE", "0", "0x3"),
    ("neither-write", "write", "file", "O_ACCMODE", "0", "0x3"),
    ("create", "create", "new", "O_WRONLY|O_CREAT", "0640", "O_WRONLY|O_CREAT"),
    ("create-for-reading", "create", "new", "O_CREAT", "0640", "O_RDONLY|O_CREAT"),
    ("create-exclusively", "create", "new", "O_RDWR|O_CREAT|O_EXCL", "0640",
     "O_RDWR|O_CREAT|O_EXCL"),
    ("create-existing", "write", "file", "O_WRONLY|O_CREAT|O_TRUNC", "0640",
     "O_WRONLY|O_CREAT|O_TRUNC"),
    ("tmpfile", "create", "empty", "O_RDWR|O_TMPFILE", "0640", "O_RDWR|O_TMPFILE"),
    ("tmpfile-write", "write", "empty", "O_RDWR|O_TMPFILE", "0640", "O_RDWR|O_TMPFILE"),
    ("create-through-link", "create", "dangling", "O_WRONLY|O_CREAT", "0640", "O_WRONLY|O_CREAT"),
    ("write-through-link", "write", "link", "O_WRONLY", "0", "O_WRONLY"),
]:
    target = {"dangling": "missing", "link": "file"}.get(name, name)
    # Not this one: it is the dirfd that a rule against reading refuses.
    at = {"path": "{f}/" + target, "flags": said, "mode": mode if mode != "0" else None,
          "recorded": "create" if way == "tmpfile-write" else cls,
          "logs": "create" if way == "tmpfile-write" else cls}
    row(f"open-{way}", cls, f"open s:{{f}}/{name} {flags} {mode}", **at)
    row(f"openat-{way}", cls, f"openat cwd s:{{f}}/{name} {flags} {mode}", **at)
    row(f"openat2-{way}", cls, f"openat2 cwd s:{{f}}/{name} how:{flags}:{mode}:0 24", **at)
    if cls != "read":
        row(f"openat-dirfd-{way}", cls,
            f"openat cwd s:{{f}} O_PATH -- openat 3 s:{name} {flags} {mode}", **at, raw=name)
        row(f"openat2-dirfd-{way}", cls,
            f"openat cwd s:{{f}} O_PATH -- openat2 3 s:{name} how:{flags}:{mode}:0 24", **at,
            raw=name)
        row(f"openat-cwd-{way}", cls, f"chdir s:{{f}} -- openat cwd s:{name} {flags} {mode}", **at,
            raw=name)

RESOLVE = {"no-xdev": 1, "no-magiclinks": 2, "no-symlinks": 4, "beneath": 8, "in-root": 16}
for way, bit in RESOLVE.items():
    row(f"openat2-{way}", "write", f"openat cwd s:{{f}} O_PATH -- openat2 3 s:file how:O_WRONLY:0:{bit}"
        " 24", raw="file")
row("openat2-in-root-absolute", "write", "openat cwd s:{f} O_PATH -- openat2 3 s:/dir/../../file"
    " how:O_WRONLY:0:16 24", raw="/dir/../../file")
row("openat2-in-root-link", "write", "openat cwd s:{f} O_PATH -- openat2 3 s:/rooted"
    " how:O_WRONLY:0:16 24", raw="/rooted")
row("openat2-larger-struct", "write", "openat2 cwd s:{f}/file words:O_WRONLY,0,0,0 32", only="64")
row("creat-new", "create", "creat s:{f}/new 0640", path="{f}/new", mode="0640")
row("creat-existing", "write", "creat s:{f}/file 0640", mode="0640")
row("creat-through-link", "create", "creat s:{f}/dangling 0640", path="{f}/missing", mode="0640")
row("truncate", "write", "truncate s:{f}/file 3")
row("truncate-link", "write", "truncate s:{f}/link 3", raw="{f}/link")
row("truncate64", "write", "truncate64 s:{f}/file 3 0")

# ---- names ----

for call, old, new in [("rename", "s:{f}/file", "s:{a}/moved"),
                       ("renameat", "cwd s:{f}/file", "cwd s:{a}/moved"),
                       ("renameat2", "cwd s:{f}/file", "cwd s:{a}/moved 0"),
                       ("renameat2-noreplace", "cwd s:{f}/file", "cwd s:{a}/moved RENAME_NOREPLACE"),
                       ("renameat2-whiteout", "cwd s:{f}/file", "cwd s:{a}/moved RENAME_WHITEOUT")]:
    name = call.split("-")[0]
    for cls in ("delete", "read", "write", "attr", "exec"):
        row(f"{call}-source-{cls}", cls, f"{name} {old} {new}", to="{a}/moved", logs="delete",
            recorded="delete" if cls == "write" else cls)
for call, old, new in [("rename", "s:{a}/file", "s:{f}/%s"),
                       ("renameat", "cwd s:{a}/file", "cwd s:{f}/%s"),
                       ("renameat2", "cwd s:{a}/file", "cwd s:{f}/%s 0")]:
    row(f"{call}-target", "create", f"{call} {old} {new % 'moved'}", path="{a}/file", to="{f}/moved")
    row(f"{call}-target-replaced", "delete", f"{call} {old} {new % 'file'}", path="{a}/file",
        to="{f}/file")
    row(f"{call}-link-itself", "delete", f"{call} {old.replace('{a}/file', '{f}/link')}"
        f" {new.replace('{f}', '{a}') % 'moved'}", path="{f}/link", to="{a}/moved")
row("renameat2-exchange-first", "create", "renameat2 cwd s:{f}/file cwd s:{a}/file RENAME_EXCHANGE",
    to="{a}/file", flags="RENAME_EXCHANGE")
row("renameat2-exchange-first-delete", "delete",
    "renameat2 cwd s:{f}/file cwd s:{a}/file RENAME_EXCHANGE", to="{a}/file")
for cls in ("create", "delete", "read", "write", "attr", "exec"):
    row(f"renameat2-exchange-second-{cls}", cls,
        "renameat2 cwd s:{a}/file cwd s:{f}/file RENAME_EXCHANGE", path="{a}/file", to="{f}/file",
        logs="delete", recorded="delete" if cls == "write" else cls)
row("renameat2-whiteout-is-left", "create",
    "renameat2 cwd s:{f}/file cwd s:{a}/moved RENAME_WHITEOUT", to="{a}/moved")
row("rename-directory-that-holds-it", "read", "rename s:{f} s:{a}/moved", deny="{f}/dir/inner",
    path="{f}", to="{a}/moved", logs="delete")
row("rename-directory-to-where-it-brings-it", "create", "rename s:{a}/dir s:{f}/newdir",
    deny="{f}/newdir/inner", path="{a}/dir", to="{f}/newdir")
row("rename-directory-that-holds-it-delete", "delete", "rename s:{f} s:{a}/moved", deny="{f}/file",
    path="{f}", to="{a}/moved")
row("renameat2-exchange-directory-that-holds-it", "read",
    "renameat2 cwd s:{a}/dir cwd s:{f} RENAME_EXCHANGE", deny="{f}/dir/inner", path="{a}/dir", to="{f}",
    logs="delete")
row("renameat-dirfds", "delete", "openat cwd s:{f} O_PATH -- openat cwd s:{a} O_PATH --"
    " renameat 3 s:file 4 s:moved", to="{a}/moved", raw="file")

for cls in ("read", "write", "attr", "exec"):
    row(f"link-source-{cls}", cls, "link s:{f}/file s:{a}/second", to="{a}/second", logs="create")
    row(f"linkat-source-{cls}", cls, "linkat cwd s:{f}/file cwd s:{a}/second 0", to="{a}/second",
        logs="create")
row("link-target", "create", "link s:{a}/file s:{f}/second", path="{a}/file", to="{f}/second")
row("linkat-target", "create", "linkat cwd s:{a}/file cwd s:{f}/second 0", path="{a}/file",
    to="{f}/second")
row("linkat-follows", "read", "linkat cwd s:{a}/into cwd s:{a}/second AT_SYMLINK_FOLLOW",
    to="{a}/second", raw="{a}/into", flags="AT_SYMLINK_FOLLOW", logs="create")
row("linkat-open-file", "write", "openat cwd s:{f}/file O_RDONLY --"
    " linkat cwd s:/proc/self/fd/3 cwd s:{a}/second AT_SYMLINK_FOLLOW", to="{a}/second",
    raw="/proc/self/fd/3", logs="create")
row("linkat-tmpfile", "create", "openat cwd s:{a} O_RDWR|O_TMPFILE 0600 --"
    " linkat cwd s:/proc/self/fd/3 cwd s:{f}/second AT_SYMLINK_FOLLOW",
    path=re.compile(r"^\{a\}/#\d+ \(deleted\)$"), to="{f}/second")

row("unlink", "delete", "unlink s:{f}/file")
row("unlink-link", "delete", "unlink s:{f}/link", path="{f}/link")
row("unlinkat", "delete", "unlinkat cwd s:{f}/file 0", flags="0")
row("unlinkat-dirfd", "delete", "openat cwd s:{f} O_PATH -- unlinkat 3 s:file 0", raw="file")
row("unlinkat-directory", "delete", "unlinkat cwd s:{f}/empty AT_REMOVEDIR", path="{f}/empty",
    flags="AT_REMOVEDIR")
row("rmdir", "delete", "rmdir s:{f}/empty", path="{f}/empty")
row("rmdir-slash", "delete", "rmdir s:{f}/empty//", path="{f}/empty", raw="{f}/empty//")
row("mkdir", "create", "mkdir s:{f}/new 0750", path="{f}/new", mode="0750")
row("mkdir-slash", "create", "mkdir s:{f}/new/ 0750", path="{f}/new", raw="{f}/new/")
row("mkdirat", "create", "mkdirat cwd s:{f}/new 0750", path="{f}/new", mode="0750")
row("mkdirat-dirfd", "create", "openat cwd s:{f} O_PATH -- mkdirat 3 s:new 0750", path="{f}/new",
    raw="new")
row("symlink", "create", "symlink s:any/text s:{f}/new", path="{f}/new", to="any/text")
row("symlinkat", "create", "symlinkat s:any/text cwd s:{f}/new", path="{f}/new", to="any/text")
row("symlinkat-dirfd", "create", "openat cwd s:{f} O_PATH -- symlinkat s:any/text 3 s:new",
    path="{f}/new", to="any/text", raw="new")
for kind, mode in (("fifo", "S_IFIFO"), ("file", "S_IFREG"), ("socket", "S_IFSOCK"), ("zero", "0")):
    bits = (WORDS[mode] if mode != "0" else 0) | 0o640
    row(f"mknod-{kind}", "create", f"mknod s:{{f}}/new {bits} 0", path="{f}/new", mode=f"0{bits:o}")
    row(f"mknodat-{kind}", "create", f"mknodat cwd s:{{f}}/new {bits} 0", path="{f}/new",
        mode=f"0{bits:o}")

# ---- attributes ----

row("chmod", "attr", "chmod s:{f}/file 0600", mode="0600")
row("chmod-link", "attr", "chmod s:{f}/link 0600", raw="{f}/link")
row("chmod-directory", "attr", "chmod s:{f}/dir/ 0700", path="{f}/dir", mode="0700")
row("fchmod", "attr", "openat cwd s:{f}/file 0 -- fchmod 3 0600", mode="0600", fd=3)
row("fchmodat", "attr", "fchmodat cwd s:{f}/file 0600", mode="0600")
row("fchmodat-dirfd", "attr", "openat cwd s:{f} O_PATH -- fchmodat 3 s:file 0600", raw="file")
row("fchmodat-handle", "attr", "openat cwd s:{f}/file O_PATH -- fchmodat cwd s:/proc/self/fd/3 0600",
    raw="/proc/self/fd/3")
row("fchmodat2", "attr", "fchmodat2 cwd s:{f}/file 0600 0", mode="0600", flags="0")
row("fchmodat2-empty", "attr", "openat cwd s:{f}/file O_PATH -- fchmodat2 3 s: 0600 AT_EMPTY_PATH",
    flags="AT_EMPTY_PATH")
for call in ("chown", "lchown", "chown32", "lchown32"):
    row(call, "attr", f"{call} s:{{f}}/file -1 -1")
row("lchown-link", "attr", "lchown s:{f}/link -1 -1", path="{f}/link")
row("lchown-link-slash", "attr", "lchown s:{f}/dirlink/ -1 -1", path="{f}/dir", raw="{f}/dirlink/")
row("chown-link", "attr", "chown s:{f}/link -1 -1", raw="{f}/link")
for call in ("fchown", "fchown32"):
    row(call, "attr", f"openat cwd s:{{f}}/file 0 -- {call} 3 -1 -1", fd=3)
row("fchownat", "attr", "fchownat cwd s:{f}/file -1 -1 0")
row("fchownat-link", "attr", "fchownat cwd s:{f}/link -1 -1 AT_SYMLINK_NOFOLLOW", path="{f}/link",
    flags="AT_SYMLINK_NOFOLLOW")
row("fchownat-empty", "attr", "openat cwd s:{f}/file O_PATH -- fchownat 3 s: -1 -1 AT_EMPTY_PATH")
row("fchownat-empty-cwd", "attr", "chdir s:{f}/dir -- fchownat cwd s: -1 -1 AT_EMPTY_PATH",
    path="{f}/dir")
row("utime", "attr", "utime s:{f}/file null")
row("utimes", "attr", "utimes s:{f}/file null")
row("futimesat", "attr", "futimesat cwd s:{f}/file null")
row("futimesat-fd", "attr", "openat cwd s:{f}/file 0 -- futimesat 3 null null")
row("utimensat", "attr", "utimensat cwd s:{f}/file null 0")
row("utimensat-link", "attr", "utimensat cwd s:{f}/link null AT_SYMLINK_NOFOLLOW", path="{f}/link")
row("utimensat-fd", "attr", "openat cwd s:{f}/file 0 -- utimensat 3 null null 0")
row("utimensat_time64", "attr", "utimensat_time64 cwd s:{f}/file null 0")
row("setxattr", "attr", "setxattr s:{f}/file s:user.new s:value 5 0", flags="0")
row("setxattr-create", "attr", "setxattr s:{f}/file s:user.new s:value 5 XATTR_CREATE",
    flags="XATTR_CREATE")
row("lsetxattr", "attr", "lsetxattr s:{f}/file s:user.new s:value 5 0")
row("fsetxattr", "attr", "openat cwd s:{f}/file 0 -- fsetxattr 3 s:user.new s:value 5 0", fd=3)
row("setxattrat", "attr", "setxattrat cwd s:{f}/file 0 s:user.new words:s:value,5 16", only="64",
    young=True)
row("removexattr", "attr", "removexattr s:{f}/file s:user.test")
row("lremovexattr", "attr", "lremovexattr s:{f}/file s:user.test")
row("fremovexattr", "attr", "openat cwd s:{f}/file 0 -- fremovexattr 3 s:user.test", fd=3)
row("removexattrat", "attr", "removexattrat cwd s:{f}/file 0 s:user.test", flags="0", young=True)
row("file_setattr", "attr", "file_setattr cwd s:{f}/file buf:24 24 0", fails=True, young=True)
row("file_setattr-empty", "attr", "openat cwd s:{f}/file O_PATH --"
    " file_setattr 3 s: buf:24 24 AT_EMPTY_PATH", fails=True, young=True)
for request, value in [("FS_IOC_SETFLAGS", "int:0x80040"), ("FS_IOC32_SETFLAGS", "int:0x80040"),
                       ("FS_IOC_FSSETXATTR", "buf:28"), ("FS_IOC_SETVERSION", "int:7"),
                       ("FS_IOC32_SETVERSION", "int:7"), ("FAT_IOCTL_SET_ATTRIBUTES", "int:1"),
                       ("FS_IOC_ENABLE_VERITY", "bad"), ("EXT4_IOC_SETVERSION", "int:7"),
                       ("EXT4_IOC32_SETVERSION", "int:7"), ("FS_IOC_SET_ENCRYPTION_POLICY", "bad"),
                       ("EXT4_IOC_MIGRATE", "0"), ("BTRFS_IOC_SUBVOL_SETFLAGS", "int:2"),
                       ("BTRFS_IOC_SET_RECEIVED_SUBVOL", "buf:200"), ("BTRFS_IOC_DEFRAG", "null"),
                       ("FS_IOC_ADD_ENCRYPTION_KEY", "bad"), ("FS_IOC_REMOVE_ENCRYPTION_KEY", "bad"),
                       ("FS_IOC_SETFSLABEL", "buf:256"), ("F2FS_IOC_SET_PIN_FILE", "bad"),
                       ("UNKNOWN_OF_EXT4", "0")]:
    row(f"ioctl-{request}", "attr", f"openat cwd s:{{f}}/file 0 -- ioctl 3 {request} {value}", fd=3,
        fails=request not in ("FS_IOC_SETFLAGS",))
row("ioctl-high-bits", "attr", "openat cwd s:{f}/file 0 -- ioctl 3 0xabcdef0140086602 int:0x80040",
    fd=3, only="64")

# ---- programs ----

row("execve", "exec", "execve s:{f}/exe argv:s:exe null", path="{f}/exe", executes=True)
row("execve-link", "exec", "execve s:{f}/exelink argv:s:exe null", path="{f}/exe",
    raw="{f}/exelink", executes=True)
row("execve-script", "exec", "execve s:{f}/script argv:s:script null", path="{f}/script",
    executes=True)
row("execve-interpreter", "exec", "execve s:{a}/into-script argv:s:script null",
    path="{a}/into-script", to="{f}/exe", executes=True)
row("execveat", "exec", "execveat cwd s:{f}/exe argv:s:exe null 0", path="{f}/exe", executes=True)
row("execveat-dirfd", "exec", "openat cwd s:{f} O_PATH -- execveat 3 s:exe argv:s:exe null 0",
    path="{f}/exe", raw="exe", executes=True)
row("execveat-empty", "exec", "openat cwd s:{f}/exe O_PATH --"
    " execveat 3 s: argv:s:exe null AT_EMPTY_PATH", path="{f}/exe", executes=True)
row("execve-proc-fd", "exec", "openat cwd s:{f}/exe O_PATH --"
    " execve s:/proc/self/fd/3 argv:s:exe null", path="{f}/exe", raw="/proc/self/fd/3", executes=True)

# ---- sockets ----

row("bind", "create", "socket UNIX STREAM 0 -- bind 3 un:{f}/new len", path="{f}/new", fd=3)
row("bind-relative", "create", "socket UNIX STREAM 0 -- chdir s:{f} -- bind 3 un:new len",
    path="{f}/new", raw="new")
row("connect-unix", "connect", "socket UNIX STREAM 0 -- connect 3 un:{f}/sock len", path="{f}/sock",
    fd=3)
row("connect-link", "connect", "socket UNIX STREAM 0 -- connect 3 un:{f}/socklink len",
    path="{f}/sock", raw="{f}/socklink")
row("connect-seqpacket", "connect", "socket UNIX SEQPACKET 0 -- connect 3 un:{f}/seq len", path="{f}/seq",
    fd=3)
row("connect-relative", "connect", "chdir s:{f} -- socket UNIX STREAM 0 -- connect 3 un:./dir/../sock len",
    path="{f}/sock", raw="./dir/../sock")
row("connect-proc", "connect", "chdir s:{f} -- socket UNIX STREAM 0 -- connect 3 un:/proc/self/cwd/sock len",
    path="{f}/sock", raw="/proc/self/cwd/sock")
row("connect-abstract", "connect", "socket UNIX STREAM 0 -- connect 3 abs:{abs} len", deny="@{abs}",
    path="@{abs}")
row("connect-inet", "connect", "socket INET STREAM 0 -- connect 3 in:{port} len", deny="inet:0.0.0.0/0",
    path="inet:127.0.0.1:{port}")
row("connect-inet-port", "connect", "socket INET STREAM 0 -- connect 3 in:{port} len",
    deny="inet:{port}", path="inet:127.0.0.1:{port}")
row("connect-inet6", "connect", "socket INET6 STREAM 0 -- connect 3 in6:{port6} len",
    deny="inet:[::1]:{port6}", path="inet:[::1]:{port6}")
row("connect-udp", "connect", "socket INET DGRAM 0 -- connect 3 in:{port} len", deny="inet:127.0.0.1",
    path="inet:127.0.0.1:{port}")
row("sendto-unix", "connect", "socket UNIX DGRAM 0 -- sendto 3 s:hi 2 0 un:{f}/dgram len",
    path="{f}/dgram", fd=3, count=2)
row("sendto-inet", "connect", "socket INET DGRAM 0 -- sendto 3 s:hi 2 0 in:{port} len",
    deny="inet:127.0.0.0/8", path="inet:127.0.0.1:{port}")
row("sendto-fastopen", "connect", "socket INET STREAM 0 -- sendto 3 s:hi 2 0x20000000 in:{port} len",
    deny="inet:0.0.0.0/0", path="inet:127.0.0.1:{port}")
row("sendto-abstract", "connect", "socket UNIX STREAM 0 -- sendto 3 s:hi 2 0 abs:{abs} len", deny="@{abs}",
    path="@{abs}", fails=True)
row("sendmsg-relative", "connect", "chdir s:{f} -- socket UNIX DGRAM 0 -- sendmsg 3 msg:un:dgram,hi 0",
    path="{f}/dgram", raw="dgram")
row("sendmsg-unix", "connect", "socket UNIX DGRAM 0 -- sendmsg 3 msg:un:{f}/dgram,hi 0",
    path="{f}/dgram", fd=3)
row("sendmsg-inet", "connect", "socket INET DGRAM 0 -- sendmsg 3 msg:in:{port},hi 0", deny="inet:0.0.0.0/0",
    path="inet:127.0.0.1:{port}")
row("sendmmsg-unix", "connect", "socket UNIX DGRAM 0 -- sendmmsg 3 mmsg:un:{f}/dgram,hi 1 0",
    path="{f}/dgram", fd=3)
row("sendmmsg-inet", "connect", "socket INET DGRAM 0 -- sendmmsg 3 mmsg:in:{port},hi 1 0",
    deny="inet:0.0.0.0/0", path="inet:127.0.0.1:{port}")
row("sendmsg-route", "connect", "socket INET DGRAM 0 -- sendmsg 3 route:in:{port},hi 0",
    deny="inet:10.0.0.0/8", path="inet:127.0.0.1:{port}", to="source route", only="root")
row("sendmsg-route-connected", "connect", "socket INET DGRAM 0 -- connect 3 in:{port} len --"
    " sendmsg 3 route:null,hi 0", deny="inet:10.0.0.0/8", path="source route", silent=True, only="root")
for name, family in (("inet", "INET"), ("inet6", "INET6")):
    for kind in ("STREAM", "DGRAM"):
        row(f"socket-{name}-{kind}", "connect", f"socket {family} {kind} 0", deny="inet", path=name, silent=True)
row("socket-high-bits", "connect", "socket 0xdead00000002 0xbeef00000001 0xdead00000006", deny="inet",
    path="inet", only="64", silent=True)
# A loose source route by 127.0.0.2, as in an IP header: RFC 791. Newer kernels want CAP_NET_RAW.
row("setsockopt-route", "connect", "socket INET STREAM 0 -- setsockopt 3 0 4 off:0x000200007f040783 8",
    deny="inet:10.0.0.0/8", path="source route", fd=3, only="64", silent=True, fails=True)
row("setsockopt-route-high-bits", "connect", "socket INET STREAM 0 --"
    " setsockopt 3 0xdead00000000 0xbeef00000004 off:0x000200007f040783 8", deny="inet:10.0.0.0/8",
    path="source route", fd=3, only="64", silent=True, fails=True)
row("setsockopt-route-inet6", "connect", "socket INET6 DGRAM 0 -- setsockopt 3 41 57 null 0",
    deny="inet:10.0.0.0/8", path="source route", fd=3, silent=True)
row("setsockopt-options-inet6", "connect", "socket INET6 DGRAM 0 -- setsockopt 3 41 6 null 0",
    deny="inet:10.0.0.0/8", path="source route", fd=3, silent=True)
row("socketcall-socket", "connect", "socketcall 1 words:2,1,0", deny="inet", path="inet", call="socket")
row("socketcall-setsockopt", "connect", "socketcall 1 words:2,1,0 --"
    " socketcall 14 words:3,0,4,words:0x7f040783+0x00020000,8", deny="inet:10.0.0.0/8", path="source route",
    fd=3, call="setsockopt", only="root")
row("socketcall-sendmsg-route", "connect", "socketcall 1 words:2,2,0 --"
    " socketcall 16 words:3,route:in:{port}+hi,0", deny="inet:10.0.0.0/8", path="inet:127.0.0.1:{port}",
    to="source route", call="sendmsg", only="root")
row("socketcall-bind", "create", "socketcall 1 words:1,1,0 -- socketcall 2 words:3,un:{f}/new,len",
    path="{f}/new", fd=3, call="bind")
row("socketcall-connect", "connect",
    "socketcall 1 words:1,1,0 -- socketcall 3 words:3,un:{f}/sock,len", path="{f}/sock", fd=3,
    call="connect")
row("socketcall-sendto", "connect",
    "socketcall 1 words:1,2,0 -- socketcall 11 words:3,s:hi,2,0,un:{f}/dgram,len",
    path="{f}/dgram", fd=3, call="sendto")
row("socketcall-sendmsg", "connect",
    "socketcall 1 words:1,2,0 -- socketcall 16 words:3,msg:un:{f}/dgram+hi,0", path="{f}/dgram",
    fd=3, call="sendmsg")
row("socketcall-sendmmsg", "connect",
    "socketcall 1 words:1,2,0 -- socketcall 20 words:3,mmsg:un:{f}/dgram+hi,1,0", path="{f}/dgram",
    fd=3, call="sendmmsg")
for host, deny, path in [("any:{port}", "inet:127.0.0.1", "inet:127.0.0.1:{port}"),
                         ("mapped:{port}", "inet:127.0.0.1", "inet:127.0.0.1:{port}"),
                         ("mapped:{port}", "inet:[::ffff:127.0.0.1]", "inet:127.0.0.1:{port}")]:
    family = "INET" if host.startswith("any") else "INET6"
    row(f"connect-{host.split(':')[0]}-{deny}", "connect",
        f"socket {family} STREAM 0 -- connect 3 {host} len", deny=deny, path=path)
row("sendto-unspec", "connect", "socket INET DGRAM 0 -- sendto 3 s:hi 2 0 unspec:{port} len",
    deny="inet:127.0.0.1", path="inet:127.0.0.1:{port}")
row("bind-107-bytes", "create", "socket UNIX DGRAM 0 -- chdir s:{f} -- bind 3 un:{x107} len",
    path="{f}/{x107}", raw="{x107}")
row("bind-whole-name-without-nul", "create", "socket UNIX STREAM 0 -- chdir s:{f} -- bind 3 un:{x108} len",
    path="{f}/{x108}", raw="{x108}")

# ---- output ----

OUT = "openat cwd s:{f}/file O_RDWR -- "
IN_OUT = "openat cwd s:{a}/file O_RDONLY -- openat cwd s:{f}/file O_RDWR -- "
PIPE_OUT = ("pipe2 buf:8 0 -- write 4 s:hello 5 -- openat cwd s:{f}/fifo O_RDWR --"
            " openat cwd s:{f}/file O_RDWR -- ")
row("write", "output", OUT + "write 3 s:hello 5", fd=3, count=5, data="hello")
row("writev", "output", OUT + "writev 3 iov:he,llo 2", fd=3, count=5, data="hello")
row("pwrite64", "output", OUT + "pwrite64 3 s:hello 5 0 0", fd=3, count=5, data="hello")
row("pwritev", "output", OUT + "pwritev 3 iov:he,llo 2 0 0", fd=3, count=5, data="hello")
row("pwritev2", "output", OUT + "pwritev2 3 iov:he,llo 2 0 0 0", fd=3, count=5, data="hello")
row("sendfile", "output", IN_OUT + "sendfile 4 3 null 5", fd=4, count=5)
row("sendfile64", "output", IN_OUT + "sendfile64 4 3 null 5", fd=4, count=5)
row("copy_file_range", "output", IN_OUT + "copy_file_range 3 null 4 null 5 0", fd=4, count=5)
row("splice", "output", PIPE_OUT + "splice 3 null 6 null 5 0", fd=6, count=5)
row("tee", "output", PIPE_OUT + "tee 3 5 5 0", path="{f}/fifo", fd=5, count=5)
row("vmsplice", "output", PIPE_OUT + "vmsplice 5 iov:he,llo 2 0", path="{f}/fifo", fd=5, count=5,
    data="hello")
row("write-high-fd-bits", "output", OUT + "write 0xdeadbeef00000003 s:hello 5", fd=3, only="64")


@promise(each=rows_for(ROWS))
def is_refused_and_logged(t, row):
    check_row(t, row, harness.PROBE)


@promise(each=rows_for(ROWS, i386=True), needs=("i386", "once"))
def is_refused_and_logged_on_i386(t, row):
    check_row(t, row, harness.PROBE32)


@promise
def every_policed_call_has_a_probe(t):
    out = t.task("--list-calls").out
    policed = set(re.findall(r"^(\w+) +policed", out, re.M))
    t.true(len(policed) > 60, out)
    probed = {r.call for r in rows_for(ROWS)} | {r.call for r in rows_for(ROWS, i386=True)}
    here = policed
    if not KNOWN32:  # calls that only 32-bit ABIs have, and those that only old ABIs have
        here = policed - {"chown32", "fchown32", "lchown32", "truncate64", "sendfile64",
                          "utimensat_time64", "socketcall"}
    if "open" not in KNOWN:
        here -= {"creat", "open", "link", "mkdir", "mknod", "rename", "rmdir", "symlink", "unlink",
                 "chmod", "chown", "futimesat", "lchown", "utime", "utimes"}
    t.equal(here - probed, set(), "policed calls without a live probe")
    t.equal(probed - policed, set(), "probed calls that are not policed")
