/* report_sample.c: write the report of a run that never was, for tests/live/test_report.py.
 * Usage: report_sample install|hostile|quiet|permissive|large|flat [TOUCHES] > FILE.html */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit.h"
#include "calls.h"
#include "report.h"
#include "util.h"

#define WORDS(text)                                  \
        (struct words)                               \
        {                                            \
                .bytes = (text), .len = strlen(text) \
        }
/* A literal that may hold NUL. */
#define PARTS(literal)                                     \
        (struct words)                                     \
        {                                                  \
                .bytes = (literal), .len = sizeof(literal) \
        }

static struct audit *audit;
static struct timespec now = {.tv_sec = 1795435200}; /* 2026-11-23T12:00:00Z */

static void add(struct fact fact)
{
        now.tv_nsec += 1700000;
        if (now.tv_nsec >= 1000000000) {
                now.tv_sec++;
                now.tv_nsec -= 1000000000;
        }
        fact.time = now;
        audit_add(audit, &fact);
}

static void start(struct words argv, bool permissive)
{
        add((struct fact){.kind = FACT_START,
                          .argv = argv,
                          .permissive = permissive,
                          .states_changes = true,
                          .host = WORDS("myhost"),
                          .run = WORDS("9f3c0a51d2e47b68"),
                          .cwd = WORDS("/home/joe/app"),
                          .home = WORDS("/home/joe"),
                          .policies = PARTS("/usr/local/share/stopgate/policies/installer.ini")});
}

static void program(pid_t parent, pid_t tgid, const char *comm, const char *path, struct words argv)
{
        if (parent)
                add((struct fact){.kind = FACT_FORK,
                                  .tgid = parent,
                                  .tid = parent,
                                  .child = tgid,
                                  .comm = WORDS(comm)});
        add((struct fact){.kind = FACT_EXEC,
                          .tgid = tgid,
                          .tid = tgid,
                          .comm = WORDS(comm),
                          .path = WORDS(path),
                          .argv = argv});
}

static void leave(pid_t tgid, const char *comm, int status)
{
        add((struct fact){.kind = FACT_EXIT,
                          .tgid = tgid,
                          .tid = tgid,
                          .comm = WORDS(comm),
                          .status = status,
                          .has_written = true,
                          .written = 12345});
}

/* A call that succeeded. */
static struct fact call(pid_t tgid, const char *comm, const char *name, enum call_class class,
                        const char *path)
{
        return (struct fact){.kind = FACT_CALL,
                             .tgid = tgid,
                             .tid = tgid,
                             .comm = WORDS(comm),
                             .call = calls_by_name(name),
                             .class = class,
                             .action = ACTION_LOG,
                             .would = ACTION_LOG,
                             .has_result = true,
                             .path = WORDS(path)};
}

static struct fact opens(pid_t tgid, const char *comm, const char *path, uint64_t flags)
{
        enum call_class class = flags & O_CREAT     ? CLASS_CREATE
                                : flags & O_ACCMODE ? CLASS_WRITE
                                                    : CLASS_READ;
        struct fact fact = call(tgid, comm, "openat", class, path);

        fact.has_flags = true;
        fact.flags = flags;
        fact.result = 3;
        return fact;
}

static struct fact refused(struct fact fact, const char *rule)
{
        fact.action = fact.would = ACTION_DENY;
        fact.result = -EACCES;
        fact.rule = WORDS(rule);
        return fact;
}

static void state(struct change change)
{
        add((struct fact){.kind = FACT_CHANGE, .change = change});
}

static struct file_state file(uint32_t mode, uint64_t size)
{
        return (struct file_state){.mode = mode, .size = size};
}

static void created(const char *path, uint32_t mode, uint64_t size)
{
        state((struct change){
                .kind = CHANGE_CREATED, .path = WORDS(path), .after = file(mode, size)});
}

static void deleted(const char *path)
{
        state((struct change){
                .kind = CHANGE_DELETED, .path = WORDS(path), .before = file(S_IFREG | 0644, 1234)});
}

static void end(int status)
{
        add((struct fact){.kind = FACT_END, .status = status});
}

/* ---- an installer ---- */

static void read_libraries(pid_t tgid, const char *comm)
{
        static const char *const libraries[] = {
                "/etc/ld.so.cache", "/usr/lib/x86_64-linux-gnu/libc.so.6",
                "/usr/lib/x86_64-linux-gnu/libselinux.so.1", "/usr/lib/locale/locale-archive"};

        for (size_t i = 0; i < ARRAY_SIZE(libraries); i++)
                add(opens(tgid, comm, libraries[i], O_RDONLY | O_CLOEXEC));
}

static void install_file(pid_t tgid, const char *path)
{
        add(opens(tgid, "install", path, O_WRONLY | O_CREAT | O_EXCL));
        add(call(tgid, "install", "fchmod", CLASS_ATTR, path));
}

static void install_documents(pid_t tgid)
{
        char path[64];

        add(call(tgid, "install", "mkdirat", CLASS_CREATE, "/usr/local/share/doc/hello"));
        for (int i = 0; i < 40; i++) {
                snprintf(path, sizeof(path), "/usr/local/share/doc/hello/chapter-%02d.html", i);
                install_file(tgid, path);
        }
}

static void state_install(void)
{
        char path[64];

        state((struct change){.kind = CHANGE_MODIFIED,
                              .path = WORDS("/etc/ld.so.cache"),
                              .before = file(S_IFREG | 0644, 20480),
                              .after = file(S_IFREG | 0644, 21004),
                              .attributes = CHANGED_TIMES});
        created("/etc/systemd/system/hello.service", S_IFREG | 0644, 310);
        created("/usr/local/bin/hello", S_IFREG | 04755, 35120);
        state((struct change){.kind = CHANGE_CREATED,
                              .path = WORDS("/usr/local/bin/hi"),
                              .target = WORDS("hello"),
                              .after = file(S_IFLNK | 0777, 5)});
        deleted("/usr/local/lib/libhello.so.1");
        state((struct change){.kind = CHANGE_RENAMED,
                              .path = WORDS("/usr/local/lib/libhello.so.2"),
                              .from = WORDS("/usr/local/lib/libhello.so.2.new"),
                              .after = file(S_IFREG | 0644, 90112)});
        created("/usr/local/share/doc/hello", S_IFDIR | 0755, 4096);
        for (int i = 0; i < 40; i++) {
                snprintf(path, sizeof(path), "/usr/local/share/doc/hello/chapter-%02d.html", i);
                created(path, S_IFREG | 0644, 2048);
        }
        state((struct change){.kind = CHANGE_ATTRIBUTES,
                              .path = WORDS("/var/lib/hello"),
                              .before = {.mode = S_IFDIR | 0755, .size = 4096},
                              .after = {.mode = S_IFDIR | 0700, .uid = 33, .gid = 33, .size = 4096},
                              .attributes = CHANGED_MODE | CHANGED_OWNER});
}

static void install_library(pid_t tgid)
{
        struct fact fact =
                call(tgid, "mv", "renameat2", CLASS_DELETE, "/usr/local/lib/libhello.so.2.new");

        add(call(tgid, "mv", "unlinkat", CLASS_DELETE, "/usr/local/lib/libhello.so.1"));
        fact.to = WORDS("/usr/local/lib/libhello.so.2");
        add(fact);
}

static void install_link(pid_t tgid)
{
        struct fact fact = call(tgid, "ln", "symlinkat", CLASS_CREATE, "/usr/local/bin/hi");

        fact.to = WORDS("hello");
        add(fact);
}

static void install(void)
{
        struct fact fact;

        start(PARTS("make\0install"), false);
        program(0, 1000, "make", "/usr/bin/make", PARTS("make\0install"));
        read_libraries(1000, "make");
        add(opens(1000, "make", "/home/joe/app/Makefile", O_RDONLY));
        program(1000, 1001, "sh", "/usr/bin/dash",
                PARTS("/bin/sh\0-c\0install -m 755 hello /usr/local/bin && echo done"));
        program(1001, 1002, "install", "/usr/bin/install",
                PARTS("install\0-m\0"
                      "755\0hello\0/usr/local/bin"));
        read_libraries(1002, "install");
        install_file(1002, "/usr/local/bin/hello");
        leave(1002, "install", 0);
        program(1001, 1003, "install", "/usr/bin/install",
                PARTS("install\0-m\0"
                      "644\0doc/*.html\0/usr/local/share/doc/hello"));
        install_documents(1003);
        leave(1003, "install", 0);
        program(1000, 1004, "mv", "/usr/bin/mv", PARTS("mv\0libhello.so.2.new\0libhello.so.2"));
        install_library(1004);
        install_link(1004);
        leave(1004, "mv", 0);
        program(1000, 1005, "ldconfig", "/usr/sbin/ldconfig", PARTS("ldconfig"));
        add(opens(1005, "ldconfig", "/etc/ld.so.cache~", O_WRONLY | O_CREAT | O_TRUNC));
        add(opens(1005, "ldconfig", "/etc/ld.so.cache", O_WRONLY));
        leave(1005, "ldconfig", 0);
        install_file(1001, "/etc/systemd/system/hello.service");
        add(call(1001, "chown", "fchownat", CLASS_ATTR, "/var/lib/hello"));
        add(opens(1001, "sh", "/etc/shadow", O_RDONLY));
        fact = refused(opens(1001, "sh", "/home/joe/.ssh/id_ed25519", O_RDONLY), "secrets.ini:8");
        for (int i = 0; i < 3; i++)
                add(fact);
        fact = refused(call(1001, "curl", "connect", CLASS_CONNECT, "inet:203.0.113.7:443"),
                       "installer.ini:20");
        add(fact);
        add(refused(opens(1001, "sh", "/home/joe/.bashrc", O_WRONLY | O_APPEND), "startup.ini:19"));
        leave(1001, "sh", 1 << 8);
        leave(1000, "make", 2 << 8);
        state_install();
        end(2);
}

static void would_refuse(void)
{
        struct fact fact = opens(1000, "sh", "/etc/passwd", O_WRONLY);

        start(PARTS("sh\0-c\0true"), true);
        program(0, 1000, "sh", "/usr/bin/dash", PARTS("sh\0-c\0true"));
        fact.would = ACTION_DENY;
        fact.rule = WORDS("untrusted.ini:15");
        add(fact);
        leave(1000, "sh", 0);
        end(0);
}

/* ---- names that want to be more ---- */

#define RUNS "window.ran=1"

static const char *const hostile[] = {
        "<script>" RUNS "</script>",
        "</script><script>" RUNS "</script>",
        "<!--<script>",
        "]]>",
        "\"><img src=x onerror=" RUNS ">",
        "'><svg onload=" RUNS ">",
        "&lt;b&gt;&#60;script&#62;",
        "</style><style>body{display:none}",
        "javascript:" RUNS,
        "line\nbreak",
        "\x1b[31mred\a",
        "txt.\xe2\x80\xaegnp",              /* right-to-left override */
        "zero\xe2\x80\x8bwidth",            /* zero width space */
        "two\xe2\x80\xa8lines",             /* line separator */
        "not utf-8 \xff\xfe",               /* two that look alike */
        "not utf-8 \xfe\xff",               /* and are not */
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", /* Hebrew */
        "$(touch x) `id` \\u003cscript\\u003e",
        "__proto__",
        "constructor",
        " spaces at both ends ",
        "-",
};

static void touch_hostile(const char *name, size_t i)
{
        cleanup_free char *path = xasprintf("/tmp/%s/%s", name, name);
        cleanup_free char *rule = xasprintf("%s.ini:%zu", name, i);
        char argv[512];
        pid_t tgid = 2001 + (pid_t)i;
        int n = snprintf(argv, sizeof(argv), "%s%c%s", name, 0, name);

        program(2000, tgid, name, path, (struct words){argv, (size_t)n + 1});
        add(opens(tgid, name, path, O_WRONLY | O_CREAT));
        add(refused(opens(tgid, name, path, O_RDONLY), rule));
        add(call(tgid, name, "unlinkat", CLASS_DELETE, name)); /* not absolute */
        leave(tgid, name, 9);
        state((struct change){.kind = CHANGE_RENAMED,
                              .path = WORDS(path),
                              .from = WORDS(path + 4),
                              .target = WORDS(name),
                              .after = file(S_IFREG | 0644, 0)});
}

static void hostile_run(void)
{
        cleanup_free char *longest = xcalloc(1, 4096);

        start(PARTS("<script>" RUNS "</script>\0</script>\0\"><img src=x onerror=" RUNS ">\0-->"),
              false);
        program(0, 2000, "sh", "/bin/sh", PARTS("sh"));
        for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
                touch_hostile(hostile[i], i);
        memset(longest, '/', 4095);
        for (size_t i = 1; i < 4095; i++)
                if (i % 256)
                        longest[i] = 'n';
        add(opens(2000, "sh", longest, O_RDONLY));
        created(longest, S_IFREG | 0644, 0);
        end(0);
}

/* ---- very many ---- */

static void large(unsigned long touches)
{
        static const char *const places[] = {"/usr/lib/node_modules", "/usr/share/doc", "/opt/app",
                                             "/home/joe/.cache/build"};
        unsigned long paths = touches * 3 / 4;
        char path[128];

        start(PARTS("npm\0install"), false);
        program(0, 3000, "npm", "/usr/bin/node", PARTS("npm\0install"));
        for (unsigned long i = 0; i < touches; i++) {
                unsigned long n = i % paths;
                pid_t tgid = 3000 + (pid_t)(i % 500);

                if (i > 0 && i < 500)
                        program(3000, tgid, "node", "/usr/bin/node", PARTS("node\0worker.js"));
                snprintf(path, sizeof(path), "%s/package-%03lu/lib/part-%02lu/module-%06lu.js",
                         places[n % 4], n / 300, n % 17, n);
                if (i % 1000 == 999)
                        add(refused(opens(tgid, "node", path, O_WRONLY), "build.ini:7"));
                else
                        add(opens(tgid, "node", path, i % 10 ? O_RDONLY : O_WRONLY | O_CREAT));
                if (i % 10 == 0 && i < paths)
                        created(path, S_IFREG | 0644, 100 + i);
        }
        end(0);
}

/* All of them in one directory, all refused, and all by processes of one parent. */
static void flat(unsigned long touches)
{
        char path[64];

        start(PARTS("sh"), false);
        program(0, 4000, "sh", "/bin/sh", PARTS("sh"));
        for (unsigned long i = 0; i < touches; i++) {
                pid_t tgid = 4001 + (pid_t)i;

                add((struct fact){.kind = FACT_FORK, .tgid = 4000, .tid = 4000, .child = tgid});
                snprintf(path, sizeof(path), "/flat/%06lu", i);
                add(refused(opens(tgid, "sh", path, O_RDONLY), "x.ini:1"));
                deleted(path);
        }
        end(0);
}

int main(int argc, char **argv)
{
        const char *kind = argc > 1 ? argv[1] : "";
        unsigned long touches = argc > 2 ? strtoul(argv[2], NULL, 10) : 200000;

        audit = audit_new(&(struct audit_options){0});
        if (strcmp(kind, "install") == 0)
                install();
        else if (strcmp(kind, "hostile") == 0)
                hostile_run();
        else if (strcmp(kind, "permissive") == 0)
                would_refuse();
        else if (strcmp(kind, "large") == 0)
                large(touches);
        else if (strcmp(kind, "flat") == 0)
                flat(touches);
        else if (strcmp(kind, "quiet") == 0)
                start(PARTS("true"), false);
        else
                die(2,
                    "usage: report_sample install|hostile|quiet|permissive|large|flat [TOUCHES]");
        audit_settle(audit);
        report_write(stdout, audit, "/usr/local/bin:/usr/bin:/bin");
        audit_free(audit);
        return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
