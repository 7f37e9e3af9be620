/* test_pin.c: what calls are given in place of the command's memory; and what open(2) and
 * openat2(2) make of the same flags, asked of the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "pin_open.h"
#include "util.h"

static char dir[] = "/tmp/stopgate-pin.XXXXXX";

struct outcome {
        int error, flags;
        long long mode, size; /* of what is there then */
};

static struct outcome look_and_undo(long fd, const char *path)
{
        struct outcome outcome = {fd < 0 ? errno : 0, -1, 0, -1};
        struct stat st;

        if (fd >= 0) {
                outcome.flags = fcntl((int)fd, F_GETFL);
                if (!fstat((int)fd, &st)) {
                        outcome.mode = st.st_mode;
                        outcome.size = S_ISREG(st.st_mode) ? (long long)st.st_size : 0;
                }
                close((int)fd);
        }
        if (strstr(path, "/new"))
                unlink(path);
        return outcome;
}

static void put(const char *path)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, "text", 4), 4);
        close(fd);
}

static void compare(const char *path, const char *file, unsigned flags, unsigned mode)
{
        struct open_how how = pin_open_how(flags, mode);
        struct outcome by_open, by_openat2;

        put(file);
        by_open = look_and_undo(syscall(SYS_openat, AT_FDCWD, path, flags, mode), path);
        put(file);
        by_openat2 = look_and_undo(syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)), path);
        if (memcmp(&by_open, &by_openat2, sizeof(by_open)) != 0)
                fail_msg("%s, flags %#x, mode %#o: openat %s %#x %#llo %lld, openat2 %s %#x %#llo "
                         "%lld",
                         path, flags, mode, strerrorname_np(by_open.error), (unsigned)by_open.flags,
                         by_open.mode, by_open.size, strerrorname_np(by_openat2.error),
                         (unsigned)by_openat2.flags, (unsigned long long)by_openat2.mode,
                         by_openat2.size);
}

static void openat2_is_given_what_open_makes_of_its_flags(void **state)
{
        enum { ROUNDS = 20000, NAMES = 4 };
        static const char *const entries[NAMES] = {"file", "new", "directory", "link"};
        char names[NAMES][64];
        unsigned seed = 7;

        (void)state;
        assert_non_null(mkdtemp(dir));
        for (int i = 0; i < NAMES; i++)
                snprintf(names[i], sizeof(names[i]), "%s/%s", dir, entries[i]);
        assert_int_equal(mkdir(names[2], 0755), 0);
        assert_int_equal(symlink("file", names[3]), 0);
        for (int i = 0; i < ROUNDS; i++) {
                unsigned flags = (unsigned)rand_r(&seed) & (unsigned)rand_r(&seed);
                unsigned mode = (unsigned)rand_r(&seed) | S_IRUSR;

                /* The upper half is nothing but unknown bits most of the time. */
                if (i % 2)
                        flags &= 0x7fffff & (unsigned)rand_r(&seed);
                compare(names[i % NAMES], names[0], flags | (i % 3 ? 0 : 1u << 31), mode);
        }
        for (int i = 0; i < NAMES; i++)
                remove(names[i]);
        assert_int_equal(rmdir(dir), 0);
}

/* ---- plans ---- */

static struct event event;
static struct pin_plan plan;

static struct tracee stopped_at(const char *name, uint32_t arch)
{
        return (struct tracee){
                .arch = arch, .nr = calls_number(name, arch), .args = {1, 2, 3, 4, 5}};
}

static void give(const char *call)
{
        memset(&event, 0, sizeof(event));
        event.call = calls_by_name(call);
        assert_non_null(event.call);
}

static void give_path(const char *raw, const char *name)
{
        struct object *object = &event.objects[event.nobjects++];
        bool second = event.has & EVENT_HAS_RAW;

        strcpy(second ? event.raw2 : event.raw, raw);
        *(second ? &event.raw2_len : &event.raw_len) = strlen(raw);
        event.has |= second ? EVENT_HAS_RAW2 : EVENT_HAS_RAW;
        object->kind = OBJECT_PATH;
        object->exists = true;
        object->len = strlen(name);
        strcpy(object->path, name);
}

static void give_address(const void *address, size_t len)
{
        memcpy(event.address, address, len);
        event.address_len = len;
}

static const char *text_of(unsigned arg)
{
        for (unsigned i = 0; i < plan.ncopies; i++)
                if (plan.copies[i].arg == arg)
                        return plan.copies[i].bytes;
        return NULL;
}

static void names(const char *call, uint32_t arch, int wanted)
{
        struct tracee t = stopped_at(call, arch);

        t.tid = getpid();
        assert_int_equal(pin_plan_names(&t, &event, &plan), wanted);
}

static void own_text(const char *call, int wanted)
{
        struct tracee t = stopped_at(call, AUDIT_ARCH_X86_64);

        assert_int_equal(pin_plan_own_text(&t, &event, &plan), wanted);
}

static void both_names_of_a_rename_are_canonical(void **state)
{
        (void)state;
        give("renameat2");
        give_path("../a/", "/d/a");
        give_path("b", "/d/b");
        names("renameat2", AUDIT_ARCH_X86_64, 0);
        assert_string_equal(text_of(1), "/d/a/");
        assert_string_equal(text_of(3), "/d/b");
        assert_int_equal((int)plan.args[0], AT_FDCWD);
        assert_int_equal((int)plan.args[2], AT_FDCWD);
        assert_int_equal(plan.args[4], 5);
        assert_int_equal(plan.nr, stopped_at("renameat2", AUDIT_ARCH_X86_64).nr);
}

static void own_text_keeps_the_descriptor(void **state)
{
        (void)state;
        give("renameat2");
        give_path("../a/", "/d/a");
        give_path("b", "/d/b");
        own_text("renameat2", 0);
        assert_string_equal(text_of(1), "../a/");
        assert_string_equal(text_of(3), "b");
        assert_int_equal(plan.args[0], 1);
        assert_int_equal(plan.args[2], 3);
}

static void both_texts_of_a_symlink_are_copied(void **state)
{
        (void)state;
        give("symlinkat");
        give_path("a", "/d/a");
        event.objects[1].kind = OBJECT_TEXT;
        strcpy(event.objects[1].path, "any text");
        event.objects[1].len = strlen("any text");
        event.nobjects = 2;
        names("symlinkat", AUDIT_ARCH_X86_64, 0);
        assert_string_equal(text_of(0), "any text");
        assert_string_equal(text_of(2), "/d/a");
}

static void what_has_no_name_cannot_be_named(void **state)
{
        static const enum object_kind kinds[] = {OBJECT_NONE, OBJECT_DELETED, OBJECT_ANONYMOUS};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                give("chmod");
                give_path("a", "/d/a");
                event.objects[0].kind = kinds[i];
                names("chmod", AUDIT_ARCH_X86_64, -ENOTSUP);
        }
        event.objects[0].kind = OBJECT_PATH;
        names("chmod", AUDIT_ARCH_X86_64, 0);
        event.objects[0].deep = true;
        names("chmod", AUDIT_ARCH_X86_64, -ENOTSUP);
        give("fchownat"); /* AT_EMPTY_PATH */
        give_path("", "/d/a");
        names("fchownat", AUDIT_ARCH_X86_64, -ENOTSUP);
        give("rmdir");
        give_path("a/.", "/d/a");
        names("rmdir", AUDIT_ARCH_X86_64, -ENOTSUP);
        give("chmod");
        give_path("a/.", "/d/a");
        names("chmod", AUDIT_ARCH_X86_64, 0);
        event.error = -ENOENT;
        names("chmod", AUDIT_ARCH_X86_64, -ENOTSUP);
}

static void opens_run_as_openat2_without_links(void **state)
{
        (void)state;
        give("open");
        give_path("a/../b/", "/d/b");
        names("open", AUDIT_ARCH_X86_64, 0);
        assert_int_equal(plan.nr, stopped_at("openat2", AUDIT_ARCH_X86_64).nr);
        assert_string_equal(text_of(1), "/d/b/");
        assert_int_equal(plan.how.resolve, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
        assert_int_equal(plan.args[3], sizeof(plan.how));
        own_text("open", 0);
        assert_string_equal(text_of(0), "a/../b/");
}

/* openat2 has no way to say that a file of more than 2 GiB is too large. */
static void small_opens_of_i386_run_as_openat(void **state)
{
        (void)state;
        give("open");
        give_path("a", "/d/a");
        names("open", AUDIT_ARCH_I386, 0);
        assert_int_equal(plan.nr, stopped_at("openat", AUDIT_ARCH_I386).nr);
        assert_int_equal(plan.args[2], 2);
        assert_string_equal(text_of(1), "/d/a");
}

static void an_openat2_that_confines_itself_cannot_be_named(void **state)
{
        (void)state;
        give("openat2");
        give_path("a", "/d/a");
        names("openat2", AUDIT_ARCH_X86_64, 0);
        event.how.resolve = RESOLVE_BENEATH;
        names("openat2", AUDIT_ARCH_X86_64, -ENOTSUP);
        own_text("openat2", -ENOTSUP);
}

static void programs_run_by_the_text_that_was_given(void **state)
{
        (void)state;
        give("execve");
        give_path("/d/link", "/d/program");
        names("execve", AUDIT_ARCH_X86_64, 0);
        assert_string_equal(text_of(0), "/d/link");
        give("execve");
        give_path("link", "/d/program");
        names("execve", AUDIT_ARCH_X86_64, -ENOTSUP);
        own_text("execve", 0);
        assert_string_equal(text_of(0), "link");
}

static void programs_are_not_run_by_text_that_leads_elsewhere_soon(void **state)
{
        (void)state;
        give("execve");
        give_path("/proc/self/cwd/program", "/d/program");
        event.objects[0].magic = MAGIC_OWN;
        names("execve", AUDIT_ARCH_X86_64, -ENOTSUP);
        give("execve");
        give_path("/d/script", "/d/script");
        event.objects[event.nobjects++].magic = MAGIC_OTHER;
        names("execve", AUDIT_ARCH_X86_64, -ENOTSUP);
        give("execve");
        give_path("/d/script", "/d/script");
        event.by = EVENT_BY_PLACES;
        names("execve", AUDIT_ARCH_X86_64, 0);
        event.by |= EVENT_BY_INTERPRETER;
        names("execve", AUDIT_ARCH_X86_64, -ENOTSUP);
}

static struct sockaddr_un give_socket(const char *call, const char *raw, const char *name)
{
        struct sockaddr_un un = {.sun_family = AF_UNIX};

        give(call);
        give_path(raw, name);
        strcpy(un.sun_path, raw);
        give_address(&un, sizeof(un));
        return un;
}

static void names_of_sockets_are_canonical_where_they_could_lead_elsewhere(void **state)
{
        static const char *const raws[] = {"socket", "/proc/self/cwd/socket"};
        char long_name[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1] = "/";

        (void)state;
        memset(long_name + 1, 'x', sizeof(long_name) - 2);
        for (size_t i = 0; i < ARRAY_SIZE(raws); i++) {
                give_socket("connect", raws[i], "/d/socket");
                event.objects[0].magic = i ? MAGIC_OWN : 0;
                names("connect", AUDIT_ARCH_X86_64, 0);
                assert_string_equal(text_of(1) + sizeof(sa_family_t), "/d/socket");
                assert_int_equal(plan.args[2], plan.len);
                assert_true(plan.form.differs);
                own_text("connect", 0);
                assert_string_equal(text_of(1) + sizeof(sa_family_t), raws[i]);
                give_socket("sendto", raws[i], long_name);
                event.objects[0].magic = i ? MAGIC_OWN : 0;
                names("sendto", AUDIT_ARCH_X86_64, -ENOTSUP);
                give_socket("bind", raws[i], "/d/socket");
                event.objects[0].magic = i ? MAGIC_OWN : 0;
                names("bind", AUDIT_ARCH_X86_64, -ENOTSUP);
        }
}

static void other_addresses_are_copied(void **state)
{
        struct sockaddr_un un;
        struct sockaddr_in in = {.sin_family = AF_INET};

        (void)state;
        give("connect");
        names("connect", AUDIT_ARCH_X86_64, -ENOTSUP);
        un = give_socket("connect", "/d/socket", "/d/socket");
        names("connect", AUDIT_ARCH_X86_64, 0);
        assert_memory_equal(text_of(1), &un, sizeof(un));
        assert_int_equal(plan.len, sizeof(un));
        give("connect");
        un.sun_path[0] = '\0';
        give_address(&un, sizeof(un));
        names("connect", AUDIT_ARCH_X86_64, 0);
        give("sendto");
        give_address(&in, sizeof(in));
        names("sendto", AUDIT_ARCH_X86_64, 0);
        assert_memory_equal(text_of(4), &in, sizeof(in));
        give("sendmsg");
        give_address(&in, sizeof(in));
        names("sendmsg", AUDIT_ARCH_X86_64, -ENOTSUP);
}

/* Of every row: what has a path or an address can be copied, and all of it fits into a slot. */
static void every_row_with_paths_fits_into_a_slot(void **state)
{
        size_t n, copied = 0;
        const struct call *table = calls_table(&n);

        (void)state;
        for (size_t i = 0; i < n; i++) {
                struct tracee t = {.arch = AUDIT_ARCH_X86_64};
                char longest[PATH_MAX] = "/";

                t.nr = calls_number(table[i].name, t.arch);
                if (t.nr < 0 || !pin_can_copy(&table[i]) || table[i].args[0].role == ARG_FD ||
                    !strcmp(table[i].name, "openat2"))
                        continue;
                memset(longest + 1, 'x', PATH_MAX - 2);
                give(table[i].name);
                give_path(longest, longest);
                if (table[i].args[0].role == ARG_TEXT) {
                        event.objects[1] = event.objects[0];
                        event.objects[1].kind = OBJECT_TEXT;
                } else {
                        give_path(longest, longest);
                }
                assert_int_equal(pin_plan_own_text(&t, &event, &plan), 0);
                assert_in_range(plan.len, 1, PIN_SLOT);
                assert_int_equal(pin_plan_names(&t, &event, &plan), 0);
                assert_in_range(plan.len, 1, PIN_SLOT);
                copied++;
        }
        assert_true(copied > 30);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(openat2_is_given_what_open_makes_of_its_flags),
                cmocka_unit_test(both_names_of_a_rename_are_canonical),
                cmocka_unit_test(own_text_keeps_the_descriptor),
                cmocka_unit_test(both_texts_of_a_symlink_are_copied),
                cmocka_unit_test(what_has_no_name_cannot_be_named),
                cmocka_unit_test(opens_run_as_openat2_without_links),
                cmocka_unit_test(small_opens_of_i386_run_as_openat),
                cmocka_unit_test(an_openat2_that_confines_itself_cannot_be_named),
                cmocka_unit_test(programs_run_by_the_text_that_was_given),
                cmocka_unit_test(programs_are_not_run_by_text_that_leads_elsewhere_soon),
                cmocka_unit_test(names_of_sockets_are_canonical_where_they_could_lead_elsewhere),
                cmocka_unit_test(other_addresses_are_copied),
                cmocka_unit_test(every_row_with_paths_fits_into_a_slot),
        };

        return cmocka_run_group_tests_name("pin", tests, NULL, NULL);
}
