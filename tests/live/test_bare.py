"""Honest use gets the results it gets without stopgate: under the built-in policy, and under one that
looks at everything and forbids something elsewhere. Both the answers and what is there afterwards."""
import os
import stat

from harness import promise
from rows import expand

ELSEWHERE = "\n".join(
    f"[{cls}]\ndefault = allow\ndeny = /nonexistent-{cls}"
    for cls in ("read", "write", "create", "delete", "attr", "exec", "output")) + """
[connect]
default = allow
deny = inet:240.0.0.1
"""

SITUATIONS = """
open a file: openat cwd s:file O_RDWR
open missing: openat cwd s:none O_RDONLY
open below missing: openat cwd s:none/file O_RDONLY
open below a file: openat cwd s:file/x O_RDONLY
open a directory to write: openat cwd s:dir O_WRONLY
open a directory: openat cwd s:dir O_RDONLY|O_DIRECTORY
open a file as directory: openat cwd s:file O_DIRECTORY
open with a slash: openat cwd s:file/ O_RDONLY
open a directory with a slash: openat cwd s:dir/ O_RDONLY
open a loop: openat cwd s:loop O_RDONLY
open through a loop: openat cwd s:loop/x O_RDONLY
open a link unfollowed: openat cwd s:link O_RDONLY|O_NOFOLLOW
open a link as handle: openat cwd s:link O_PATH|O_NOFOLLOW
open a link unfollowed with a slash: openat cwd s:dirlink/ O_RDONLY|O_NOFOLLOW
open a dangling link: openat cwd s:dangling O_RDONLY
open unreadable: openat cwd s:noread O_RDONLY
open read-only to write: openat cwd s:readonly O_WRONLY
open in a locked directory: openat cwd s:locked/file O_RDONLY
open missing in a locked directory: openat cwd s:locked/none O_RDONLY
open through a locked directory: openat cwd s:locked/../file O_RDONLY
open what may not be searched: openat cwd s:nosearch/file O_RDONLY
open with mode 3: openat cwd s:file O_ACCMODE
open a fifo that nobody reads: openat cwd s:fifo O_WRONLY|O_NONBLOCK
open a fifo both ways: openat cwd s:fifo O_RDWR
open a socket: openat cwd s:sock O_RDWR
open a device: openat cwd s:/dev/null O_RDWR
open with bad flags: openat cwd s:file 0x40000001
open by a bad dirfd: openat 99 s:file O_RDONLY
open by a file as dirfd: openat cwd s:file O_RDONLY -- openat 3 s:x O_RDONLY
open by a handle as dirfd: openat cwd s:dir O_PATH -- openat 3 s:inner O_RDONLY
open a negative dirfd: openat -7 s:file O_RDONLY
open absolute by a bad dirfd: openat 99 s:/dev/null O_RDONLY
open the empty path: openat cwd s: O_RDONLY
open a closed descriptor through proc: openat cwd s:/proc/self/fd/99 O_RDONLY
open a handle of a link: openat cwd s:link O_PATH|O_NOFOLLOW -- openat cwd s:/proc/self/fd/3 O_RDONLY
open a handle of a link as handle: openat cwd s:link O_PATH|O_NOFOLLOW -- openat cwd s:/proc/self/fd/3 O_PATH
open a handle of a link to create: openat cwd s:link O_PATH|O_NOFOLLOW -- openat cwd s:/proc/self/fd/3 O_WRONLY|O_CREAT|O_TRUNC 0600
open below a handle of a link: openat cwd s:dirlink O_PATH|O_NOFOLLOW -- openat cwd s:/proc/self/fd/3/inner O_RDONLY
open by a handle of a link as dirfd: openat cwd s:dirlink O_PATH|O_NOFOLLOW -- openat 3 s:inner O_RDONLY
truncate by a handle of a link: openat cwd s:link O_PATH|O_NOFOLLOW -- truncate s:/proc/self/fd/3 3
mode by a handle of a link: openat cwd s:link O_PATH|O_NOFOLLOW -- fchmodat cwd s:/proc/self/fd/3 0604
owner by a handle of a link: openat cwd s:link O_PATH|O_NOFOLLOW -- fchownat cwd s:/proc/self/fd/3 1 1 0
attribute by a handle of a link: openat cwd s:link O_PATH|O_NOFOLLOW -- setxattr s:/proc/self/fd/3 s:user.test s:new 3 0
no attribute by a handle of a link: openat cwd s:link O_PATH|O_NOFOLLOW -- removexattr s:/proc/self/fd/3 s:user.test
link by a handle of a link: openat cwd s:link O_PATH|O_NOFOLLOW -- linkat cwd s:/proc/self/fd/3 cwd s:new AT_SYMLINK_FOLLOW
open the running program: openat cwd s:/proc/self/exe O_WRONLY
open what runs: openat cwd s:exe O_WRONLY -- execve s:exe argv:s:exe null
create: openat cwd s:new O_WRONLY|O_CREAT 0640
create for nobody: openat cwd s:new O_RDWR|O_CREAT 0 -- write 3 s:x 1
create existing: openat cwd s:file O_WRONLY|O_CREAT|O_TRUNC 0600
create exclusively: openat cwd s:file O_WRONLY|O_CREAT|O_EXCL 0600
create exclusively through a link: openat cwd s:dangling O_WRONLY|O_CREAT|O_EXCL 0600
create unfollowed: openat cwd s:dangling O_WRONLY|O_CREAT|O_NOFOLLOW 0600
create through a link: openat cwd s:dangling O_WRONLY|O_CREAT 0600
create below missing: openat cwd s:none/new O_WRONLY|O_CREAT 0600
create below a file: openat cwd s:file/new O_WRONLY|O_CREAT 0600
create with a slash: openat cwd s:new/ O_WRONLY|O_CREAT 0600
create where a directory is: openat cwd s:dir O_WRONLY|O_CREAT 0600
create a dot: openat cwd s:. O_WRONLY|O_CREAT 0600
create dots: openat cwd s:dir/.. O_WRONLY|O_CREAT 0600
create a directory by open: openat cwd s:new O_RDONLY|O_CREAT|O_DIRECTORY 0700
create in a read-only directory: openat cwd s:nowrite/new O_WRONLY|O_CREAT 0600
create in a locked directory: openat cwd s:locked/new O_WRONLY|O_CREAT 0600
create read-only and write: openat cwd s:new O_WRONLY|O_CREAT 0444 -- write 3 s:x 1
create with set-id bits: openat cwd s:new O_WRONLY|O_CREAT 06755
create under a umask: umask 077 -- openat cwd s:new O_WRONLY|O_CREAT 0666
create what may not be read: openat cwd s:noread O_RDONLY|O_CREAT 0600
make a temporary file: openat cwd s:dir O_RDWR|O_TMPFILE 0600 -- write 3 s:x 1
make a temporary file to read: openat cwd s:dir O_TMPFILE 0600
make a temporary file in a file: openat cwd s:file O_RDWR|O_TMPFILE 0600
make a temporary file where none may: openat cwd s:nowrite O_RDWR|O_TMPFILE 0600
name a temporary file: openat cwd s:dir O_RDWR|O_TMPFILE 0600 -- linkat cwd s:/proc/self/fd/3 cwd s:new AT_SYMLINK_FOLLOW
handle with other flags: openat cwd s:file O_PATH|O_CREAT|O_TRUNC 0600
openat2: openat2 cwd s:file how:O_RDWR:0:0 24
openat2 mode without creating: openat2 cwd s:file how:O_RDONLY:0600:0 24
openat2 bad flags: openat2 cwd s:file how:0x80000000000:0:0 24
openat2 bad mode: openat2 cwd s:new how:O_WRONLY|O_CREAT:0777777:0 24
openat2 small: openat2 cwd s:file how:O_RDONLY:0:0 16
openat2 larger of zeros: openat2 cwd s:file words:0,0,0,0 32
openat2 larger with more: openat2 cwd s:file words:0,0,0,7 32
openat2 far too large: openat2 cwd s:file how:0:0:0 5000
openat2 without a struct: openat2 cwd s:file null 24
openat2 unreadable struct: openat2 cwd s:file bad 24
openat2 beneath: openat2 cwd s:dir/../file how:O_RDONLY:0:8 24
openat2 beneath and out: openat2 cwd s:../x how:O_RDONLY:0:8 24
openat2 beneath absolute: openat2 cwd s:/dev/null how:O_RDONLY:0:8 24
openat2 without links: openat2 cwd s:link how:O_RDONLY:0:4 24
openat2 without magic links: openat2 cwd s:/proc/self/fd/0 how:O_RDONLY:0:2 24
openat2 within one mount: openat2 cwd s:/proc/self/stat how:O_RDONLY:0:1 24
openat2 in root: openat cwd s:. O_PATH -- openat2 3 s:/../file how:O_RDONLY:0:16 24
openat2 in root through a link: openat cwd s:. O_PATH -- openat2 3 s:/rooted how:O_RDONLY:0:16 24
openat2 in root missing: openat cwd s:. O_PATH -- openat2 3 s:/dev/null how:O_RDONLY:0:16 24
openat2 with unknown resolve: openat2 cwd s:file how:O_RDONLY:0:0x1000 24
truncate: truncate s:file 3
truncate longer: truncate s:file 300
truncate negative: truncate s:file -1
truncate a directory: truncate s:dir 0
truncate missing: truncate s:none 0
truncate read-only: truncate s:readonly 0
truncate a fifo: truncate s:fifo 0
mkdir: mkdirat cwd s:new 0751
mkdir with a slash: mkdirat cwd s:new/ 0751
mkdir existing: mkdirat cwd s:dir 0700
mkdir where a file is: mkdirat cwd s:file 0700
mkdir where a link dangles: mkdirat cwd s:dangling 0700
mkdir where a link dangles with a slash: mkdirat cwd s:dangling/ 0700
mkdir below missing: mkdirat cwd s:none/new 0700
mkdir below a file: mkdirat cwd s:file/new 0700
mkdir dot: mkdirat cwd s:. 0700
mkdir dots: mkdirat cwd s:dir/.. 0700
mkdir in a read-only directory: mkdirat cwd s:nowrite/new 0700
mkdir sticky: mkdirat cwd s:new 01777
mknod a file: mknodat cwd s:new S_IFREG 0
mknod a fifo: mknodat cwd s:new S_IFIFO 0
mknod existing: mknodat cwd s:file S_IFIFO 0
mknod a directory: mknodat cwd s:new 0040700 0
mknod nonsense: mknodat cwd s:new 0130700 0
symlink: symlinkat s:text cwd s:new
symlink existing: symlinkat s:text cwd s:file
symlink over a dangling link: symlinkat s:text cwd s:dangling
symlink without a text: symlinkat s: cwd s:new
symlink with a slash: symlinkat s:text cwd s:new/
symlink with a long text: symlinkat s:{x4095} cwd s:new
symlink with too long a text: symlinkat s:{x4096} cwd s:new
link: linkat cwd s:file cwd s:new 0
link a link: linkat cwd s:link cwd s:new 0
link through a link: linkat cwd s:link cwd s:new AT_SYMLINK_FOLLOW
link a directory: linkat cwd s:dir cwd s:new 0
link existing: linkat cwd s:file cwd s:readonly 0
link missing: linkat cwd s:none cwd s:new 0
link a dangling link through: linkat cwd s:dangling cwd s:new AT_SYMLINK_FOLLOW
link across devices: linkat cwd s:file cwd s:/proc/x 0
link with bad flags: linkat cwd s:file cwd s:new 0x800000
link by an empty path: openat cwd s:file O_PATH -- linkat 3 s: cwd s:new AT_EMPTY_PATH
rename: renameat cwd s:file cwd s:new
rename over a file: renameat cwd s:file cwd s:readonly
rename over a directory: renameat cwd s:file cwd s:dir
rename a directory over a file: renameat cwd s:dir cwd s:file
rename a directory over a full one: renameat cwd s:empty cwd s:dir
rename a directory over an empty one: renameat cwd s:dir cwd s:empty
rename a directory into itself: renameat cwd s:dir cwd s:dir/new
rename to its own link: linkat cwd s:file cwd s:second 0 -- renameat cwd s:file cwd s:second
rename to itself: renameat cwd s:file cwd s:file
rename a link: renameat cwd s:link cwd s:new
rename a dangling link over a file: renameat cwd s:dangling cwd s:file
rename dot: renameat cwd s:. cwd s:new
rename dots: renameat cwd s:dir/.. cwd s:new
rename to dots: renameat cwd s:dir cwd s:empty/..
rename missing: renameat cwd s:none cwd s:new
rename a file with a slash: renameat cwd s:file/ cwd s:new
rename a file to a slash: renameat cwd s:file cwd s:new/
rename a link to a directory with a slash: renameat cwd s:dirlink/ cwd s:new
rename a directory with slashes: renameat cwd s:dir/ cwd s:new/
rename out of a read-only directory: renameat cwd s:nowrite/inner cwd s:new
rename into a read-only directory: renameat cwd s:file cwd s:nowrite/new
rename across devices: renameat cwd s:file cwd s:/proc/x
rename without replacing: renameat2 cwd s:file cwd s:readonly 1
rename exchanging: renameat2 cwd s:file cwd s:dir 2
rename exchanging with missing: renameat2 cwd s:file cwd s:none 2
rename with bad flags: renameat2 cwd s:file cwd s:new 8
rename with two flags: renameat2 cwd s:file cwd s:dir 3
unlink: unlinkat cwd s:file 0
unlink a link: unlinkat cwd s:link 0
unlink a directory: unlinkat cwd s:empty 0
unlink missing: unlinkat cwd s:none 0
unlink with a slash: unlinkat cwd s:file/ 0
unlink a link to a directory with a slash: unlinkat cwd s:dirlink/ 0
unlink in a read-only directory: unlinkat cwd s:nowrite/inner 0
unlink dot: unlinkat cwd s:. 0
unlink with bad flags: unlinkat cwd s:file 0x10000
rmdir: unlinkat cwd s:empty AT_REMOVEDIR
rmdir a full one: unlinkat cwd s:dir AT_REMOVEDIR
rmdir a file: unlinkat cwd s:file AT_REMOVEDIR
rmdir a link: unlinkat cwd s:dirlink AT_REMOVEDIR
rmdir dot: unlinkat cwd s:. AT_REMOVEDIR
rmdir below dot: unlinkat cwd s:empty/. AT_REMOVEDIR
rmdir dots: unlinkat cwd s:empty/.. AT_REMOVEDIR
chmod: fchmodat cwd s:file 0600
chmod through a link: fchmodat cwd s:link 0600
chmod missing: fchmodat cwd s:none 0600
chmod a bad descriptor: fchmod 99 0600
chmod a handle: openat cwd s:file O_PATH -- fchmod 3 0600
chmod a link itself: fchmodat2 cwd s:link 0600 AT_SYMLINK_NOFOLLOW
chmod what is another's: fchmodat cwd s:/dev/null/x 0666
chown to oneself: fchownat cwd s:file -1 -1 0
chown with bad flags: fchownat cwd s:file -1 -1 0x40000000
chown an empty path: fchownat cwd s: -1 -1 0
chown the cwd: fchownat cwd s: -1 -1 AT_EMPTY_PATH
touch: utimensat cwd s:file words:7,0,8,0 0
touch without a path: utimensat cwd null null 0
touch a descriptor: openat cwd s:file O_RDONLY -- utimensat 3 null words:7,0,8,0 0
touch a bad descriptor: utimensat 99 null null 0
touch with a bad time: utimensat cwd s:file words:7,-5,8,0 0
xattr: setxattr s:file s:user.new s:value 5 0
xattr existing: setxattr s:file s:user.test s:value 5 1
xattr replaced missing: setxattr s:file s:user.none s:value 5 2
xattr of a strange kind: setxattr s:file s:strange.x s:value 5 0
xattr of a link: lsetxattr s:link s:user.x s:value 5 0
xattr removed: removexattr s:file s:user.test
xattr removed missing: removexattr s:file s:user.none
ioctl on what is none: ioctl 99 0x40086602 int:0
ioctl of a terminal: ioctl 0 0x5401 buf:64
exec: execve s:exe argv:s:exe null
exec missing: execve s:none argv:s:none null
exec without permission: execve s:file argv:s:file null
exec a directory: execve s:dir argv:s:dir null
exec a script: execve s:script argv:s:script null
exec a script without interpreter: execve s:orphan argv:s:orphan null
exec a script that runs itself: execve s:ouroboros argv:s:ouroboros null
exec garbage: execve s:garbage argv:s:garbage null
exec with bad arguments: execve s:exe bad null
exec by an unfollowed link: execveat cwd s:exelink argv:s:exe null AT_SYMLINK_NOFOLLOW
exec by a descriptor: openat cwd s:exe O_PATH -- execveat 3 s: argv:s:exe null AT_EMPTY_PATH
exec by a descriptor of a script: openat cwd s:script O_RDONLY|O_CLOEXEC -- execveat 3 s: argv:s:script null AT_EMPTY_PATH
exec only to check: execveat cwd s:exe argv:s:exe null 0x10000
bind: socket 1 1 0 -- bind 3 un:new len
bind existing: socket 1 1 0 -- bind 3 un:sock len
bind where a link dangles: socket 1 1 0 -- bind 3 un:dangling len
bind below missing: socket 1 1 0 -- bind 3 un:none/new len
bind without a name: socket 1 1 0 -- bind 3 un:x 2
bind a short address: socket 1 1 0 -- bind 3 un:x 1
bind a long address: socket 1 1 0 -- bind 3 un:x 200
bind a whole name without NUL: socket 1 1 0 -- bind 3 un:{x108} len
bind what is no socket: bind 99 un:new len
bind to inet: socket 2 1 0 -- bind 3 in:0 len
bind to a netlink: socket 16 3 0 -- bind 3 netlink:0 len
connect missing: socket 1 1 0 -- connect 3 un:none len
connect to a file: socket 1 1 0 -- connect 3 un:file len
connect to a socket nobody holds: socket 1 1 0 -- connect 3 un:sock len
connect to nobody abstract: socket 1 1 0 -- connect 3 abs:nobody-is-here len
connect to another family: socket 2 1 0 -- connect 3 un:sock len
connect refused: socket 2 1 0 -- connect 3 in:1 len
connect to nothing: socket 2 1 0 -- connect 3 null 0
connect with unreadable address: socket 2 1 0 -- connect 3 bad 16
connect with a short address: socket 2 1 0 -- connect 3 in:1 4
connect with a negative length: socket 2 1 0 -- connect 3 in:1 -1
disconnect: socket 2 2 0 -- connect 3 in:9 len -- connect 3 words:0,0 16
send without an address: socketpair 1 1 0 buf:8 -- sendto 3 s:hi 2 0 null 0
send to an address when connected: socketpair 1 1 0 buf:8 -- sendto 3 s:hi 2 0 un:sock len
send a message: socketpair 1 2 0 buf:8 -- sendmsg 3 msg:null,hi 0
send messages: socketpair 1 2 0 buf:8 -- sendmmsg 3 mmsg:null,one 1 0
send unreadable messages: socketpair 1 2 0 buf:8 -- sendmmsg 3 bad 2 0
send no messages: socketpair 1 2 0 buf:8 -- sendmmsg 3 mmsg:null,one 0 0
send to nobody: socket 1 2 0 -- sendto 3 s:hi 2 0 un:none len
ask the kernel by netlink: socket 16 3 0 -- sendto 3 words:0,0,0,0 32 0 netlink:0 len
write to what is read-only: openat cwd s:file O_RDONLY -- write 3 s:x 1
write to a handle: openat cwd s:file O_PATH -- write 3 s:x 1
write to nothing: write 99 s:x 1
write unreadable: openat cwd s:file O_WRONLY -- write 3 bad 1
write none: openat cwd s:file O_WRONLY -- write 3 null 0
write a vector too long: openat cwd s:file O_WRONLY -- writev 3 iov:x 1025
write an unreadable vector: openat cwd s:file O_WRONLY -- writev 3 bad 1
write with an odd offset: openat cwd s:file O_WRONLY -- pwrite64 3 s:x 1 -1 -1
write to a pipe nobody reads: pipe2 buf:8 0 -- fcntl 4 1031 4096 -- write 4 s:x 1
append: openat cwd s:file O_WRONLY|O_APPEND -- write 3 s:more 4 -- pwrite64 3 s:still 5 0 0
splice nothing: splice 99 null 98 null 5 0
sendfile to itself: openat cwd s:file O_RDWR -- sendfile 3 3 null 5
copy within a file: openat cwd s:file O_RDWR -- copy_file_range 3 off:0 3 off:100 4 0
memory as a file: memfd_create s:x 0 -- write 3 s:hello 5 -- openat cwd s:/proc/self/fd/3 O_RDWR -- read 4 buf:8 8
"""

# As one who was root and is somebody else now: the tracer may still look where the thread may not.
DROPPED = """
open: openat cwd s:locked/file O_RDONLY
open missing: openat cwd s:locked/none O_RDONLY
open through missing: openat cwd s:locked/none/file O_RDONLY
open through a file: openat cwd s:locked/file/x O_RDONLY
open through a link: symlinkat s:../none cwd s:locked/way -- openat cwd s:locked/way O_RDONLY
create: openat cwd s:locked/new O_WRONLY|O_CREAT 0600
create where nothing may be made: openat cwd s:dir/new O_WRONLY|O_CREAT 0600
mkdir: mkdirat cwd s:locked/new 0700
unlink missing: unlinkat cwd s:locked/none 0
rename missing: renameat cwd s:locked/none cwd s:new
stat by chmod: fchmodat cwd s:locked/none 0600
exec missing: execve s:locked/none argv:s:none null
connect missing: socket 1 1 0 -- connect 3 un:locked/none len
truncate missing: truncate s:locked/none 0
read what is another's: openat cwd s:noread O_RDONLY
through proc: openat cwd s:locked O_PATH -- openat cwd s:/proc/self/fd/3/none O_RDONLY
of another process: openat cwd s:/proc/1/fd/99 O_RDONLY
own exe: openat cwd s:/proc/self/exe O_RDONLY
own descriptor: openat cwd s:readonly O_RDONLY -- openat cwd s:/proc/self/fd/3 O_RDONLY
"""


def situations(text):
    return [tuple(line.split(": ", 1)) for line in text.strip().split("\n")]


def honest_tree(root):
    root.mkdir()
    (root / "file").write_text("content\n")
    for name, target in (("link", "file"), ("dirlink", "dir"), ("dangling", "missing"), ("loop", "loop"),
                         ("rooted", "/file"), ("exelink", "exe")):
        (root / name).symlink_to(target)
    for name, mode in (("dir", 0o755), ("nowrite", 0o555), ("locked", 0o000), ("nosearch", 0o644)):
        (root / name).mkdir()
        (root / name / "inner").write_text("inner\n")
        (root / name / "file").write_text("x\n")
        (root / name).chmod(mode)
    (root / "empty").mkdir()
    os.mkfifo(root / "fifo")
    os.mknod(root / "sock", stat.S_IFSOCK | 0o644)
    for name, text, mode in (("noread", "x", 0), ("readonly", "x", 0o444), ("script", "#!/bin/true\n", 0o755),
                             ("orphan", "#!/nowhere/sh\n", 0o755), ("garbage", "\x7fELF?", 0o755)):
        (root / name).write_text(text)
        (root / name).chmod(mode)
    (root / "ouroboros").write_text("#!ouroboros\n")
    (root / "ouroboros").chmod(0o755)
    (root / "exe").write_bytes(open("/bin/true", "rb").read())
    (root / "exe").chmod(0o755)
    try:
        os.setxattr(root / "file", "user.test", b"old")
    except OSError:
        pass


def contents(root):
    """What is there: names, kinds, modes, links, sizes, texts and extended attributes."""
    found = {}
    for directory, dirs, files in os.walk(root):
        for name in dirs + files:
            path = os.path.join(directory, name)
            try:
                st = os.lstat(path)
            except PermissionError:  # in a directory that may not be searched
                found[os.path.relpath(path, root)] = None
                continue
            text = None
            if stat.S_ISLNK(st.st_mode):
                text = os.readlink(path)
            elif stat.S_ISREG(st.st_mode) and os.access(path, os.R_OK) and st.st_size < 10000:
                with open(path, "rb") as file:
                    text = file.read()
            try:
                xattrs = {x: os.getxattr(path, x, follow_symlinks=False)
                          for x in os.listxattr(path, follow_symlinks=False)}
            except OSError:
                xattrs = None
            times = int(st.st_mtime) if st.st_mtime < 1000 else "now"
            size = 0 if stat.S_ISDIR(st.st_mode) else st.st_size
            found[os.path.relpath(path, root)] = (oct(st.st_mode), st.st_nlink, size, text, xattrs, times)
    return found


NAMES = {"x4095": "x" * 4095, "x4096": "x" * 4096, "x108": "x" * 108}


def compare(t, words):
    found = {}
    for stage, policy in (("bare", 0), ("built-in", None), ("elsewhere", ELSEWHERE)):
        root = t.dir / stage
        honest_tree(root)
        run = t.probe(*words, cwd=root) if policy == 0 else t.run_probe(policy, *words, cwd=root)
        found[stage] = run.status, run.results, contents(root)
    for stage in ("built-in", "elsewhere"):
        t.equal(found[stage][:2], found["bare"][:2], stage)
        t.equal(found[stage][2], found["bare"][2], stage)


@promise(each=situations(SITUATIONS))
def same_as_without_stopgate(t, situation):
    compare(t, [expand(w, NAMES) for w in situation[1].split()])


@promise(each=situations(DROPPED), needs="root")
def same_for_one_who_has_given_up_root(t, situation):
    for directory in (t.dir, t.dir.parent):
        if not os.stat(directory).st_mode & 1:
            directory.chmod(0o755)
    compare(t, ["setresuid", 65534, 65534, 65534, "--", *(expand(w, NAMES) for w in situation[1].split())])
