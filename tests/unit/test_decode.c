/* What decode makes of registers and memory: each test is one promise. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/ioprio.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "decode.h"
#include "fake_tracee.h"
#include "util.h"

#define AT     0x10000u
#define BUFFER 0x20000u
#define MORE   0x30000u

static struct event event;

/* Who was asked about last, and the answer. */
static struct {
        enum process_set set;
        pid_t number;
        unsigned times;
} asked;
static enum standing answer;

static enum standing find(const void *data, const struct tracee *t, enum process_set set,
                          pid_t number)
{
        (void)data;
        (void)t;
        asked.set = set;
        asked.number = number;
        asked.times++;
        return answer;
}
static char dir[] = "/tmp/stopgate-decode.XXXXXX";

static void decode_as(uint32_t arch, int nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
        struct tracee t = {
                .tid = getpid(), .tgid = getpid(), .arch = arch, .nr = nr, .args = {a, b, c, d}};
        struct decode_options options = {.data = 64, .processes.find = find};

        decode_call(&t, &options, &event);
}

static void decode(int nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
        decode_as(AUDIT_ARCH_X86_64, nr, a, b, c, d);
}

static void map_text(uint64_t addr, const char *text)
{
        fake_map(addr, text, strlen(text) + 1);
}

static bool asks_for(enum call_class class, unsigned object)
{
        for (unsigned i = 0; i < event.nasks; i++) {
                if (event.asks[i].class == class && event.asks[i].object == object &&
                    !event.asks[i].carry)
                        return true;
        }
        return false;
}

static int in_scratch(void **state)
{
        (void)state;
        fake_reset();
        memset(&asked, 0, sizeof(asked));
        answer = STANDS_OUTSIDE;
        return 0;
}

static void open_for_reading_asks_for_read_only(void **state)
{
        (void)state;
        map_text(AT, "/etc/passwd");
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDONLY | O_CLOEXEC, 0);
        assert_int_equal(event.nasks, 1);
        assert_true(asks_for(CLASS_READ, 0));
        assert_string_equal(event.objects[0].path, "/etc/passwd");
        assert_int_equal(event.error, 0);
}

static void open_for_both_asks_for_both(void **state)
{
        (void)state;
        map_text(AT, "/etc/passwd");
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDWR, 0);
        assert_int_equal(event.nasks, 2);
        assert_true(asks_for(CLASS_READ, 0) && asks_for(CLASS_WRITE, 0));
}

static void access_mode_3_asks_for_both(void **state)
{
        (void)state;
        map_text(AT, "/etc/passwd");
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_ACCMODE, 0);
        assert_true(asks_for(CLASS_READ, 0) && asks_for(CLASS_WRITE, 0));
}

static void truncating_asks_for_write_even_when_opened_for_reading(void **state)
{
        (void)state;
        map_text(AT, "/etc/passwd");
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDONLY | O_TRUNC, 0);
        assert_true(asks_for(CLASS_WRITE, 0));
}

static void a_new_name_asks_for_create_too(void **state)
{
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "%s/new", dir);
        map_text(AT, path);
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_WRONLY | O_CREAT, 0644);
        assert_true(asks_for(CLASS_WRITE, 0) && asks_for(CLASS_CREATE, 0));
        assert_false(event.objects[0].exists);
        assert_int_equal(event.mode, 0644);
}

static void creat_asks_as_open_with_its_flags_would(void **state)
{
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "%s/new", dir);
        map_text(AT, path);
        decode(SYS_creat, AT, 0600, 0, 0);
        assert_true(asks_for(CLASS_WRITE, 0) && asks_for(CLASS_CREATE, 0));
        assert_false(asks_for(CLASS_READ, 0));
}

static void o_path_ignores_what_open_ignores(void **state)
{
        (void)state;
        map_text(AT, "/etc/passwd");
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_PATH | O_RDWR | O_TRUNC, 0);
        assert_int_equal(event.nasks, 1);
        assert_true(asks_for(CLASS_READ, 0));
}

static void tmpfile_asks_to_create_in_its_directory(void **state)
{
        (void)state;
        map_text(AT, dir);
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_TMPFILE | O_WRONLY, 0600);
        assert_true(asks_for(CLASS_CREATE, 0) && asks_for(CLASS_WRITE, 0));
        assert_string_equal(event.objects[0].path, dir);
}

static void dangling_link_with_o_creat_is_its_target(void **state)
{
        char link[64], target[64];

        (void)state;
        snprintf(link, sizeof(link), "%s/dangling", dir);
        snprintf(target, sizeof(target), "%s/target-of-dangling", dir);
        assert_int_equal(symlink(target, link), 0);
        map_text(AT, link);
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_WRONLY | O_CREAT, 0644);
        assert_string_equal(event.objects[0].path, target);
        assert_true(asks_for(CLASS_CREATE, 0));
        unlink(link);
}

static void dangling_link_with_o_excl_is_itself(void **state)
{
        char link[64];

        (void)state;
        snprintf(link, sizeof(link), "%s/dangling", dir);
        assert_int_equal(symlink("nowhere", link), 0);
        map_text(AT, link);
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_WRONLY | O_CREAT | O_EXCL, 0644);
        assert_string_equal(event.objects[0].path, link);
        unlink(link);
}

static void unreadable_path_gets_EFAULT(void **state)
{
        (void)state;
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDONLY, 0);
        assert_int_equal(event.error, -EFAULT);
        assert_true(event.undecodable);
}

static void path_without_end_gets_ENAMETOOLONG(void **state)
{
        static char endless[2 * PATH_MAX];

        (void)state;
        memset(endless, 'a', sizeof(endless));
        fake_map(AT, endless, sizeof(endless));
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDONLY, 0);
        assert_int_equal(event.error, -ENAMETOOLONG);
        assert_true(event.undecodable);
}

static void empty_path_gets_ENOENT(void **state)
{
        (void)state;
        map_text(AT, "");
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDONLY, 0);
        assert_int_equal(event.error, -ENOENT);
}

static void missing_directory_keeps_the_lexical_name(void **state)
{
        (void)state;
        map_text(AT, "/no/such/../dir/./file");
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDONLY, 0);
        assert_int_equal(event.error, -ENOENT);
        assert_false(event.undecodable);
        assert_string_equal(event.objects[0].path, "/no/dir/file");
}

static void a_path_is_read_once(void **state)
{
        (void)state;
        map_text(AT, "/etc/passwd");
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDONLY, 0);
        assert_int_equal(fake_reads(), 1);
}

static void int_arguments_are_their_low_half(void **state)
{
        (void)state;
        map_text(AT, "passwd");
        cleanup_fd int etc = open("/etc", O_PATH | O_DIRECTORY);
        decode(SYS_openat, 0xdead00000000u | (unsigned)etc, AT, 0xbeef00000000u | O_RDONLY, 0);
        assert_string_equal(event.objects[0].path, "/etc/passwd");
        assert_int_equal(event.flags, O_RDONLY);
}

static void closed_dirfd_gets_EBADF(void **state)
{
        (void)state;
        map_text(AT, "passwd");
        decode(SYS_openat, 777, AT, O_RDONLY, 0);
        assert_int_equal(event.error, -EBADF);
        assert_true(event.undecodable);
}

static void openat2_flags_come_from_memory(void **state)
{
        struct open_how how = {.flags = O_WRONLY | O_TRUNC};

        (void)state;
        map_text(AT, "/etc/passwd");
        fake_map(BUFFER, &how, sizeof(how));
        decode(SYS_openat2, (uint64_t)AT_FDCWD, AT, BUFFER, sizeof(how));
        assert_true(asks_for(CLASS_WRITE, 0));
        assert_false(asks_for(CLASS_READ, 0));
}

static void openat2_with_unreadable_how_is_undecodable(void **state)
{
        (void)state;
        map_text(AT, "/etc/passwd");
        decode(SYS_openat2, (uint64_t)AT_FDCWD, AT, BUFFER, sizeof(struct open_how));
        assert_true(event.undecodable);
        assert_int_equal(event.error, -EFAULT);
}

static void openat2_in_root_takes_dirfd_for_the_root(void **state)
{
        struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT};

        (void)state;
        map_text(AT, "/../passwd");
        fake_map(BUFFER, &how, sizeof(how));
        cleanup_fd int etc = open("/etc", O_PATH | O_DIRECTORY);
        decode(SYS_openat2, (uint64_t)etc, AT, BUFFER, sizeof(how));
        assert_string_equal(event.objects[0].path, "/etc/passwd");
}

static void rename_needs_delete_and_create(void **state)
{
        (void)state;
        map_text(AT, "/etc/hostname");
        map_text(BUFFER, "/etc/no-such-name");
        decode(SYS_rename, AT, BUFFER, 0, 0);
        assert_true(asks_for(CLASS_DELETE, 0));
        assert_true(asks_for(CLASS_CREATE, 1));
        assert_false(asks_for(CLASS_DELETE, 1));
}

static void both_paths_are_kept_as_they_were_given(void **state)
{
        (void)state;
        map_text(AT, "/etc/../etc/hostname");
        map_text(BUFFER, "no-such-name/");
        decode(SYS_rename, AT, BUFFER, 0, 0);
        assert_int_equal(event.has & (EVENT_HAS_RAW | EVENT_HAS_RAW2),
                         EVENT_HAS_RAW | EVENT_HAS_RAW2);
        assert_string_equal(event.raw, "/etc/../etc/hostname");
        assert_string_equal(event.raw2, "no-such-name/");
        assert_int_equal(event.raw2_len, strlen("no-such-name/"));
        assert_int_equal(fake_reads(), 2);
        decode(SYS_unlink, AT, 0, 0, 0);
        assert_int_equal(event.has & EVENT_HAS_RAW2, 0);
}

static void an_address_is_kept_as_it_was_given_and_read_once(void **state)
{
        struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/etc/passwd"};

        (void)state;
        fake_map(AT, &un, sizeof(un));
        decode(SYS_connect, 5, AT, sizeof(un), 0);
        assert_int_equal(event.address_len, sizeof(un));
        assert_memory_equal(event.address, &un, sizeof(un));
        assert_int_equal(fake_reads(), 1);
        decode(SYS_sendto, 5, BUFFER, 0, 0);
        assert_int_equal(event.address_len, 0);
}

static void rename_over_a_file_deletes_it(void **state)
{
        (void)state;
        map_text(AT, "/etc/hostname");
        map_text(BUFFER, "/etc/passwd");
        decode(SYS_rename, AT, BUFFER, 0, 0);
        assert_true(asks_for(CLASS_DELETE, 1));
}

static void a_renamed_directory_makes_its_target_one(void **state)
{
        (void)state;
        map_text(AT, "/etc");
        map_text(BUFFER, "/no-such-name");
        decode(SYS_rename, AT, BUFFER, 0, 0);
        assert_true(event.objects[0].directory && event.objects[1].directory);
        fake_reset();
        map_text(AT, "/etc/hostname");
        map_text(BUFFER, "/no-such-name");
        decode(SYS_rename, AT, BUFFER, 0, 0);
        assert_false(event.objects[0].directory || event.objects[1].directory);
}

/* The other name that the class of that object is compared with, -1: none. */
static int compared_with(enum call_class class, unsigned object)
{
        for (unsigned i = 0; i < event.nasks; i++)
                if (event.asks[i].class == class && event.asks[i].object == object &&
                    event.asks[i].compared)
                        return (int)event.asks[i].other;
        return -1;
}

static void what_goes_to_another_name_is_compared_with_it(void **state)
{
        (void)state;
        map_text(AT, "/etc/hostname");
        map_text(BUFFER, "/etc/passwd");
        decode(SYS_link, AT, BUFFER, 0, 0);
        assert_int_equal(compared_with(CLASS_READ, 0), 1);
        assert_int_equal(compared_with(CLASS_WRITE, 0), 1);
        assert_int_equal(compared_with(CLASS_READ, 1), -1);
        decode(SYS_rename, AT, BUFFER, 0, 0);
        assert_int_equal(compared_with(CLASS_EXEC, 0), 1);
        assert_int_equal(compared_with(CLASS_WRITE, 0), -1);
        assert_int_equal(compared_with(CLASS_DELETE, 0), -1);
        assert_int_equal(compared_with(CLASS_ATTR, 1), -1);
}

static void what_is_exchanged_is_compared_both_ways(void **state)
{
        (void)state;
        map_text(AT, "/etc/hostname");
        map_text(BUFFER, "/etc/passwd");
        struct tracee t = {
                .tid = getpid(),
                .tgid = getpid(),
                .arch = AUDIT_ARCH_X86_64,
                .nr = SYS_renameat2,
                .args = {(uint64_t)AT_FDCWD, AT, (uint64_t)AT_FDCWD, BUFFER, RENAME_EXCHANGE}};
        struct decode_options options = {.processes.find = find};

        decode_call(&t, &options, &event);
        assert_false(event.undecodable);
        assert_int_equal(compared_with(CLASS_READ, 0), 1);
        assert_int_equal(compared_with(CLASS_READ, 1), 0);
        assert_int_equal(compared_with(CLASS_WRITE, 0), -1);
        assert_int_equal(compared_with(CLASS_WRITE, 1), -1);
}

static void symlink_shows_its_text_and_judges_its_place(void **state)
{
        (void)state;
        map_text(AT, "../anything");
        map_text(BUFFER, "/etc/no-such-link");
        decode(SYS_symlink, AT, BUFFER, 0, 0);
        assert_int_equal(event.nasks, 2);
        assert_true(asks_for(CLASS_CREATE, 0));
        assert_true(event.asks[1].carry && event.objects[0].link);
        assert_string_equal(event.objects[0].path, "/etc/no-such-link");
        assert_int_equal(event.objects[1].kind, OBJECT_TEXT);
        assert_string_equal(event.objects[1].path, "../anything");
}

static void unlink_is_about_the_link_itself(void **state)
{
        char link[64];

        (void)state;
        snprintf(link, sizeof(link), "%s/link", dir);
        assert_int_equal(symlink("/etc/passwd", link), 0);
        map_text(AT, link);
        decode(SYS_unlink, AT, 0, 0, 0);
        assert_true(asks_for(CLASS_DELETE, 0));
        assert_string_equal(event.objects[0].path, link);
        unlink(link);
}

static void chmod_of_a_descriptor_is_its_path(void **state)
{
        (void)state;
        cleanup_fd int fd = open("/etc/passwd", O_RDONLY);
        decode(SYS_fchmod, (uint64_t)fd, 0600, 0, 0);
        assert_true(asks_for(CLASS_ATTR, 0));
        assert_string_equal(event.objects[0].path, "/etc/passwd");
}

static void utimensat_without_a_path_is_about_its_descriptor(void **state)
{
        (void)state;
        cleanup_fd int fd = open("/etc/passwd", O_RDONLY);
        decode(SYS_utimensat, (uint64_t)fd, 0, 0, 0);
        assert_true(asks_for(CLASS_ATTR, 0));
        assert_string_equal(event.objects[0].path, "/etc/passwd");
}

static void empty_path_is_the_descriptor_with_AT_EMPTY_PATH(void **state)
{
        (void)state;
        map_text(AT, "");
        cleanup_fd int fd = open("/etc/passwd", O_PATH);
        struct tracee t = {.tid = getpid(),
                           .tgid = getpid(),
                           .arch = AUDIT_ARCH_X86_64,
                           .nr = SYS_fchownat,
                           .args = {(uint64_t)fd, AT, 0, 0, AT_EMPTY_PATH}};
        struct decode_options options = {.data = 64};

        decode_call(&t, &options, &event);
        assert_string_equal(event.objects[0].path, "/etc/passwd");
        assert_int_equal(event.error, 0);
}

static void a_pipe_is_anonymous(void **state)
{
        int ends[2];

        (void)state;
        assert_int_equal(pipe(ends), 0);
        map_text(BUFFER, "hello");
        decode(SYS_write, (uint64_t)ends[1], BUFFER, 5, 0);
        assert_true(asks_for(CLASS_OUTPUT, 0));
        assert_int_equal(event.objects[0].kind, OBJECT_ANONYMOUS);
        assert_memory_equal(event.objects[0].path, "pipe:[", 6);
        assert_int_equal(event.data_len, 5);
        assert_memory_equal(event.data, "hello", 5);
        close(ends[0]);
        close(ends[1]);
}

static void a_deleted_file_keeps_the_name_it_had(void **state)
{
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "%s/gone", dir);
        cleanup_fd int fd = open(path, O_RDWR | O_CREAT, 0600);
        unlink(path);
        decode(SYS_fchmod, (uint64_t)fd, 0600, 0, 0);
        assert_int_equal(event.objects[0].kind, OBJECT_DELETED);
        assert_string_equal(event.objects[0].path, path);
}

static void a_file_called_deleted_is_not(void **state)
{
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "%s/x (deleted)", dir);
        cleanup_fd int fd = open(path, O_RDWR | O_CREAT, 0600);
        decode(SYS_fchmod, (uint64_t)fd, 0600, 0, 0);
        assert_int_equal(event.objects[0].kind, OBJECT_PATH);
        assert_string_equal(event.objects[0].path, path);
        unlink(path);
}

static void a_memfd_is_anonymous(void **state)
{
        (void)state;
        cleanup_fd int fd = memfd_create("x", MFD_CLOEXEC);
        decode(SYS_fchmod, (uint64_t)fd, 0600, 0, 0);
        assert_int_equal(event.objects[0].kind, OBJECT_ANONYMOUS);
        assert_string_equal(event.objects[0].path, "memfd:x");
}

static void the_sample_is_bounded_and_the_count_is_not(void **state)
{
        static char big[4096];

        (void)state;
        fake_map(BUFFER, big, sizeof(big));
        cleanup_fd int fd = open("/dev/null", O_WRONLY);
        decode(SYS_write, (uint64_t)fd, BUFFER, 1u << 30, 0);
        assert_int_equal(event.data_len, 64);
        assert_int_equal(event.count, 1u << 30);
}

static void decode_for_discard(int fd)
{
        struct tracee t = {.tid = getpid(),
                           .tgid = getpid(),
                           .arch = AUDIT_ARCH_X86_64,
                           .nr = SYS_write,
                           .args = {(uint64_t)fd, BUFFER, 5}};
        struct decode_options options = {.data = 0, .descriptors = true};

        decode_call(&t, &options, &event);
}

static void a_discarded_write_fails_as_the_real_one_would(void **state)
{
        (void)state;
        cleanup_fd int fd = open("/dev/null", O_WRONLY);
        cleanup_fd int read_only = open("/dev/null", O_RDONLY);
        decode_for_discard(fd);
        assert_int_equal(event.error, -EFAULT);
        fake_map(BUFFER, "hello", 5);
        decode_for_discard(fd);
        assert_int_equal(event.error, 0);
        decode_for_discard(read_only);
        assert_int_equal(event.error, -EBADF);
}

static void an_open_of_unreadable_memory_is_known_by_its_flags(void **state)
{
        (void)state;
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, O_RDONLY, 0);
        assert_true(event.undecodable && event.asks_known);
        assert_int_equal(event.nasks, 1);
        assert_true(asks_for(CLASS_READ, 0));
        decode(SYS_unlink, AT, 0, 0, 0);
        assert_true(event.undecodable && !event.asks_known);
}

static void a_vector_is_summed_and_sampled_across_its_parts(void **state)
{
        struct iovec parts[2] = {{(void *)(uintptr_t)BUFFER, 3}, {(void *)(uintptr_t)MORE, 4}};

        (void)state;
        fake_map(AT, parts, sizeof(parts));
        fake_map(BUFFER, "abc", 3);
        fake_map(MORE, "defg", 4);
        cleanup_fd int fd = open("/dev/null", O_WRONLY);
        decode(SYS_writev, (uint64_t)fd, AT, 2, 0);
        assert_int_equal(event.count, 7);
        assert_int_equal(event.data_len, 7);
        assert_memory_equal(event.data, "abcdefg", 7);
}

static void an_endless_vector_is_refused_as_the_kernel_would(void **state)
{
        (void)state;
        cleanup_fd int fd = open("/dev/null", O_WRONLY);
        decode(SYS_writev, (uint64_t)fd, AT, 1u << 20, 0);
        assert_int_equal(event.error, -EINVAL);
}

static void i386_pointers_and_vectors_are_narrow(void **state)
{
        uint32_t parts[2] = {BUFFER, 3};

        (void)state;
        fake_map(AT, parts, sizeof(parts));
        fake_map(BUFFER, "abc", 3);
        cleanup_fd int fd = open("/dev/null", O_WRONLY);
        decode_as(AUDIT_ARCH_I386, 146 /* writev */, (uint64_t)fd, AT, 1, 0);
        assert_string_equal(event.call->name, "writev");
        assert_int_equal(event.count, 3);
}

static void socketcall_is_the_call_that_is_meant(void **state)
{
        struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/etc/passwd"};
        uint32_t args[3] = {5, BUFFER, sizeof(un)};

        (void)state;
        fake_map(AT, args, sizeof(args));
        fake_map(BUFFER, &un, sizeof(un));
        decode_as(AUDIT_ARCH_I386, 102, 3 /* SYS_CONNECT */, AT, 0, 0);
        assert_string_equal(event.call->name, "connect");
        assert_true(asks_for(CLASS_CONNECT, 0));
        assert_string_equal(event.objects[0].path, "/etc/passwd");
}

static void abstract_names_keep_their_bytes(void **state)
{
        struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "\0a\0b"};

        (void)state;
        fake_map(AT, &un, sizeof(un));
        decode(SYS_connect, 5, AT, offsetof(struct sockaddr_un, sun_path) + 4, 0);
        assert_int_equal(event.objects[0].kind, OBJECT_ABSTRACT);
        assert_int_equal(event.objects[0].len, 4);
        assert_memory_equal(event.objects[0].path, "@a\0b", 4);
}

static void inet_addresses_are_named_with_their_port(void **state)
{
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(443)};

        (void)state;
        inet_pton(AF_INET, "10.1.2.3", &in.sin_addr);
        fake_map(AT, &in, sizeof(in));
        decode(SYS_connect, 5, AT, sizeof(in), 0);
        assert_int_equal(event.objects[0].kind, OBJECT_INET);
        assert_string_equal(event.objects[0].path, "inet:10.1.2.3:443");
        assert_int_equal(event.objects[0].port, 443);
}

static void binding_an_inet_socket_asks_for_nothing(void **state)
{
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(443)};

        (void)state;
        fake_map(AT, &in, sizeof(in));
        decode(SYS_bind, 5, AT, sizeof(in), 0);
        assert_int_equal(event.nasks, 0);
        assert_int_equal(event.error, 0);
}

static void assert_new_socket(int family, int type, int protocol, enum object_kind kind,
                              const char *name)
{
        decode(SYS_socket, (uint64_t)family, (uint64_t)type, (uint64_t)protocol, 0);
        assert_int_equal(event.error, 0);
        assert_int_equal(event.nobjects, 1);
        assert_int_equal(event.objects[0].kind, kind);
        assert_string_equal(event.objects[0].path, name);
        assert_int_equal(event.objects[0].len, strlen(name));
        assert_int_equal(event.nasks, 1);
        assert_int_equal(event.asks[0].class, CLASS_CONNECT);
        assert_true(event.asks[0].carry);
}

static void new_inet_socket_may_go_to_any_address_that_a_call_names(void **state)
{
        (void)state;
        assert_new_socket(AF_INET, SOCK_STREAM, 0, OBJECT_INET_ALL, "inet");
        assert_new_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP,
                          OBJECT_INET_ALL, "inet");
        assert_new_socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP, OBJECT_INET_ALL, "inet6");
        assert_new_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, OBJECT_INET_ALL, "inet");
        assert_new_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, OBJECT_INET_ALL, "inet");
}

static void new_socket_that_sends_where_no_call_says_is_told_apart(void **state)
{
        (void)state;
        assert_new_socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW, OBJECT_INET_ANY,
                          "inet type 3 protocol 255");
        assert_new_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, OBJECT_INET_ANY,
                          "inet6 type 3 protocol 58");
        assert_new_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, OBJECT_INET_ANY,
                          "inet type 1 protocol 132");
        assert_new_socket(AF_INET, SOCK_SEQPACKET, 0, OBJECT_INET_ANY, "inet type 5 protocol 0");
        assert_new_socket(AF_INET, SOCK_PACKET, 0, OBJECT_INET_ANY, "packet");
        assert_new_socket(AF_PACKET, SOCK_RAW, 0, OBJECT_INET_ANY, "packet");
        assert_new_socket(AF_SMC, SOCK_STREAM, 0, OBJECT_INET_ANY, "smc");
}

static void new_socket_of_another_family_is_its_family(void **state)
{
        (void)state;
        assert_new_socket(AF_VSOCK, SOCK_STREAM, 0, OBJECT_FAMILY, "vsock");
        assert_new_socket(AF_ALG, SOCK_SEQPACKET, 0, OBJECT_FAMILY, "alg");
        assert_new_socket(63, SOCK_STREAM, 0, OBJECT_FAMILY, "family 63");
}

static void new_unix_or_netlink_socket_asks_for_nothing(void **state)
{
        static const int families[] = {AF_UNIX, AF_NETLINK};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
                decode(SYS_socket, (uint64_t)families[i], SOCK_RAW, 0, 0);
                assert_int_equal(event.nasks, 0);
                assert_int_equal(event.error, 0);
        }
}

static void new_socket_through_socketcall_has_its_arguments_in_memory(void **state)
{
        uint32_t args[3] = {AF_INET6, SOCK_STREAM, 0};

        (void)state;
        fake_map(AT, args, sizeof(args));
        decode_as(AUDIT_ARCH_I386, 102, 1 /* SYS_SOCKET */, AT, 0, 0);
        assert_string_equal(event.call->name, "socket");
        assert_string_equal(event.objects[0].path, "inet6");
        decode_as(AUDIT_ARCH_I386, 102, 1, MORE, 0, 0);
        assert_true(event.undecodable);
}

static void source_route_by_option_is_an_unnamed_way(void **state)
{
        static const int options[][2] = {{IPPROTO_IP, IP_OPTIONS},
                                         {IPPROTO_IPV6, IPV6_RTHDR},
                                         {IPPROTO_IPV6, 6},
                                         {IPPROTO_IPV6, 32}};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
                decode(SYS_setsockopt, 3, (uint64_t)options[i][0], (uint64_t)options[i][1], AT);
                assert_int_equal(event.nasks, 1);
                assert_int_equal(event.objects[0].kind, OBJECT_INET_ANY);
                assert_string_equal(event.objects[0].path, "source route");
                assert_true(event.asks[0].carry);
        }
        decode(SYS_setsockopt, 3, SOL_SOCKET, SO_REUSEADDR, AT);
        assert_int_equal(event.nasks, 0);
}

/* A message with that control data, of which size bytes can be read, and no address. */
static void decode_control(const void *control, size_t size, size_t len)
{
        struct msghdr message = {.msg_control = (void *)(uintptr_t)BUFFER, .msg_controllen = len};

        fake_reset();
        fake_map(AT, &message, sizeof(message));
        fake_map(BUFFER, control, size);
        decode(SYS_sendmsg, 5, AT, 0, 0);
}

static void source_route_within_a_message_is_found_behind_other_data(void **state)
{
        union {
                struct cmsghdr first;
                char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(8)];
        } control = {.first = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
        struct cmsghdr *second =
                (struct cmsghdr *)(void *)(control.bytes + CMSG_SPACE(sizeof(int)));

        (void)state;
        *second = (struct cmsghdr){CMSG_LEN(7), IPPROTO_IP, IP_RETOPTS};
        decode_control(&control, sizeof(control), sizeof(control));
        assert_int_equal(event.nobjects, 1);
        assert_string_equal(event.objects[0].path, "source route");
        assert_true(asks_for(CLASS_CONNECT, 0));
        second->cmsg_type = IP_TTL;
        decode_control(&control, sizeof(control), sizeof(control));
        assert_int_equal(event.nasks, 0);
        /* The last one need not be padded. */
        second->cmsg_type = IP_RETOPTS;
        decode_control(&control, sizeof(control), CMSG_SPACE(sizeof(int)) + CMSG_LEN(7));
        assert_int_equal(event.nasks, 1);
}

static void control_data_that_cannot_be_read_is_taken_for_a_route(void **state)
{
        struct cmsghdr many[64] = {0};

        (void)state;
        decode_control(many, 8, sizeof(many));
        assert_int_equal(event.nasks, 1);
        for (size_t i = 0; i < ARRAY_SIZE(many); i++)
                many[i] = (struct cmsghdr){CMSG_LEN(0), SOL_SOCKET, SCM_CREDENTIALS};
        decode_control(many, sizeof(many), sizeof(many));
        assert_int_equal(event.nasks, 1);
        decode_control(many, sizeof(many), 4 * sizeof(many[0]));
        assert_int_equal(event.nasks, 0);
        many[0].cmsg_len = 0;
        decode_control(many, sizeof(many), sizeof(many));
        assert_int_equal(event.nasks, 0);
}

static void i386_control_data_has_narrow_headers(void **state)
{
        uint32_t message[7] = {0, 0, 0, 0, BUFFER, 12 + 4 + 12 + 8, 0};
        uint32_t control[] = {12 + 1,     SOL_SOCKET, SCM_RIGHTS, 0, 12 + 7,
                              IPPROTO_IP, IP_RETOPTS, 0,          0};

        (void)state;
        fake_map(AT, message, sizeof(message));
        fake_map(BUFFER, control, sizeof(control));
        decode_as(AUDIT_ARCH_I386, 370 /* sendmsg */, 5, AT, 0, 0);
        assert_string_equal(event.call->name, "sendmsg");
        assert_string_equal(event.objects[0].path, "source route");
}

static void address_without_a_family_is_read_in_both_ways(void **state)
{
        struct sockaddr_in6 in6 = {.sin6_family = AF_UNSPEC, .sin6_port = htons(80)};
        struct tracee t = {.tid = getpid(),
                           .tgid = getpid(),
                           .arch = AUDIT_ARCH_X86_64,
                           .nr = SYS_sendto,
                           .args = {5, MORE, 1, 0, AT, sizeof(in6)}};
        struct decode_options options = {.data = 64};

        (void)state;
        inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
        fake_map(AT, &in6, sizeof(in6));
        fake_map(MORE, "x", 1);
        decode_call(&t, &options, &event);
        assert_int_equal(event.nobjects, 2);
        assert_string_equal(event.objects[1].path, "inet:[2001:db8::1]:80");
        assert_true(asks_for(CLASS_CONNECT, 0) && asks_for(CLASS_CONNECT, 1));
        t.args[5] = sizeof(struct sockaddr_in);
        decode_call(&t, &options, &event);
        assert_int_equal(event.nobjects, 1);
        t.nr = SYS_connect;
        memcpy(t.args, ((uint64_t[6]){5, AT, sizeof(in6)}), sizeof(t.args));
        decode_call(&t, &options, &event);
        assert_int_equal(event.nobjects, 0);
}

static void netlink_to_the_kernel_asks_for_nothing_and_to_others_for_its_family(void **state)
{
        struct sockaddr_nl nl = {.nl_family = AF_NETLINK};

        (void)state;
        fake_map(AT, &nl, sizeof(nl));
        decode(SYS_connect, 5, AT, sizeof(nl), 0);
        assert_int_equal(event.nasks, 0);
        nl.nl_groups = 1;
        decode(SYS_connect, 5, AT, sizeof(nl), 0);
        assert_string_equal(event.objects[0].path, "netlink");
        nl = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = 7};
        decode(SYS_connect, 5, AT, sizeof(nl), 0);
        assert_string_equal(event.objects[0].path, "netlink");
}

static void only_the_first_of_many_messages_is_sent(void **state)
{
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(53)};
        struct mmsghdr messages[2] = {
                {.msg_hdr = {.msg_name = (void *)(uintptr_t)BUFFER, .msg_namelen = sizeof(in)}}};

        (void)state;
        fake_map(AT, messages, sizeof(messages));
        fake_map(BUFFER, &in, sizeof(in));
        decode(SYS_sendmmsg, 5, AT, 2, 0);
        assert_true(event.first_only);
        assert_true(asks_for(CLASS_CONNECT, 0));
}

static void a_script_asks_for_its_interpreter_too(void **state)
{
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "%s/script", dir);
        cleanup_fd int fd = open(path, O_RDWR | O_CREAT, 0700);
        assert_int_equal(write(fd, "#! /bin/sh -e\n", 14), 14);
        map_text(AT, path);
        decode(SYS_execve, AT, 0, 0, 0);
        assert_true(asks_for(CLASS_EXEC, 0));
        assert_true(asks_for(CLASS_EXEC, 1));
        assert_non_null(strstr(event.objects[1].path, "/dash"));
        unlink(path);
}

static void a_number_without_a_row_is_undecodable(void **state)
{
        (void)state;
        decode(1999, 0, 0, 0, 0);
        assert_true(event.undecodable);
        assert_int_equal(event.error, -ENOSYS);
}

static int make_scratch(void **state)
{
        (void)state;
        return mkdtemp(dir) ? 0 : -1;
}

static int remove_scratch(void **state)
{
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "%s/new", dir);
        unlink(path);
        return rmdir(dir);
}

/* ---- processes ---- */

static void assert_process(enum process_set set, pid_t number, const char *path)
{
        assert_int_equal(event.nobjects, 1);
        assert_int_equal(event.objects[0].kind, OBJECT_PROCESS);
        assert_int_equal(event.objects[0].set, set);
        assert_int_equal(event.objects[0].number, number);
        assert_int_equal(event.objects[0].standing, answer);
        assert_string_equal(event.objects[0].path, path);
        assert_int_equal(event.objects[0].len, strlen(path));
        assert_true(asks_for(CLASS_PROCESS, 0));
        assert_int_equal(event.error, 0);
}

static void assert_nobody(void)
{
        assert_int_equal(event.nobjects, 0);
        assert_int_equal(event.nasks, 0);
        assert_int_equal(event.error, 0);
}

static void kill_is_aimed_as_its_number_says(void **state)
{
        (void)state;
        decode(SYS_kill, 7, SIGTERM, 0, 0);
        assert_process(PROCESS_ONE, 7, "process 7");
        assert_int_equal(event.signal, SIGTERM);
        assert_true(event.has & EVENT_HAS_SIGNAL);
        decode(SYS_kill, (uint64_t)-7, 0, 0, 0);
        assert_process(PROCESS_GROUP, 7, "process group 7");
        decode(SYS_kill, 0, 0, 0, 0);
        assert_process(PROCESS_GROUP, 0, "its process group");
        decode(SYS_kill, (uint64_t)-1, 0, 0, 0);
        assert_process(PROCESS_ALL, -1, "all processes");
        decode(SYS_kill, (uint32_t)INT_MIN, 0, 0, 0);
        assert_nobody();
}

static void numbers_of_processes_are_the_low_half_of_a_register(void **state)
{
        (void)state;
        decode(SYS_kill, 0xdeadbeef00000007, 0xdeadbeef00000009, 0, 0);
        assert_process(PROCESS_ONE, 7, "process 7");
        assert_int_equal(event.signal, 9);
        decode_as(AUDIT_ARCH_I386, 37, 0xfffffff9, 9, 0, 0);
        assert_process(PROCESS_GROUP, 7, "process group 7");
}

static void group_that_can_be_divided_says_so(void **state)
{
        (void)state;
        answer = STANDS_ON_BOTH;
        decode(SYS_kill, (uint64_t)-7, 9, 0, 0);
        assert_process(PROCESS_GROUP, 7, "process group 7, those inside");
}

static void group_that_cannot_be_divided_is_outside_if_any_of_it_is(void **state)
{
        (void)state;
        answer = STANDS_ON_BOTH;
        decode(SYS_fcntl, 3, F_SETOWN, (uint64_t)-7, 0);
        assert_int_equal(event.objects[0].standing, STANDS_OUTSIDE);
        decode(SYS_setpriority, PRIO_PGRP, 7, 0, 0);
        assert_int_equal(event.objects[0].standing, STANDS_OUTSIDE);
}

static void thread_is_what_is_signalled_not_the_process_named_beside_it(void **state)
{
        (void)state;
        decode(SYS_tgkill, 7, 8, 9, 0);
        assert_process(PROCESS_ONE, 8, "process 8");
        decode(SYS_rt_tgsigqueueinfo, 7, 8, 9, AT);
        assert_process(PROCESS_ONE, 8, "process 8");
        decode(SYS_tkill, 8, 9, 0, 0);
        assert_process(PROCESS_ONE, 8, "process 8");
        decode(SYS_rt_sigqueueinfo, 8, 9, AT, 0);
        assert_process(PROCESS_ONE, 8, "process 8");
}

static void caller_itself_and_numbers_below_0_are_nobody_else(void **state)
{
        static const int calls[] = {
                SYS_prlimit64,      SYS_sched_setaffinity,  SYS_sched_setparam, SYS_move_pages,
                SYS_migrate_pages,  SYS_sched_setscheduler, SYS_sched_setattr,  SYS_tkill,
                SYS_rt_sigqueueinfo};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
                decode(calls[i], 0, 0, AT, 0);
                assert_nobody();
                decode(calls[i], (uint64_t)-7, 0, AT, 0);
                assert_nobody();
                decode(calls[i], 7, 0, AT, 0);
                assert_process(PROCESS_ONE, 7, "process 7");
        }
        assert_int_equal(asked.times, ARRAY_SIZE(calls));
}

static void priority_is_of_what_its_first_argument_says(void **state)
{
        (void)state;
        decode(SYS_setpriority, PRIO_PROCESS, 7, 0, 0);
        assert_process(PROCESS_ONE, 7, "process 7");
        decode(SYS_setpriority, PRIO_PROCESS, 0, 0, 0);
        assert_nobody();
        decode(SYS_setpriority, PRIO_PGRP, 7, 0, 0);
        assert_process(PROCESS_GROUP, 7, "process group 7");
        decode(SYS_setpriority, PRIO_USER, 0, 0, 0);
        assert_process(PROCESS_USER, 0, "processes of user 0");
        decode(SYS_setpriority, 3, 7, 0, 0);
        assert_nobody();
        decode(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 7, 0, 0);
        assert_process(PROCESS_ONE, 7, "process 7");
        decode(SYS_ioprio_set, IOPRIO_WHO_PGRP, 0, 0, 0);
        assert_process(PROCESS_GROUP, 0, "its process group");
        decode(SYS_ioprio_set, IOPRIO_WHO_USER, 7, 0, 0);
        assert_process(PROCESS_USER, 7, "processes of user 7");
        decode(SYS_ioprio_set, 0, 7, 0, 0);
        assert_nobody();
}

static void owner_of_a_descriptor_is_whom_it_signals(void **state)
{
        (void)state;
        decode(SYS_fcntl, 3, F_SETOWN, 7, 0);
        assert_process(PROCESS_ONE, 7, "process 7");
        decode(SYS_fcntl, 3, F_SETOWN, (uint64_t)-7, 0);
        assert_process(PROCESS_GROUP, 7, "process group 7");
        decode(SYS_fcntl, 3, F_SETOWN, 0, 0);
        assert_nobody();
        decode(SYS_fcntl, 3, F_SETFD, 7, 0);
        assert_nobody();
}

static void descriptor_that_becomes_asynchronous_signals_its_owner(void **state)
{
        (void)state;
        decode(SYS_fcntl, 3, F_SETFL, O_ASYNC, 0);
        assert_nobody();
        decode(SYS_ioctl, 3, FIOASYNC, AT, 0);
        assert_nobody();
        fake_owner(7, true);
        decode(SYS_fcntl, 3, F_SETFL, O_RDWR | O_ASYNC, 0);
        assert_process(PROCESS_GROUP, 7, "process group 7");
        decode(SYS_ioctl, 3, 0xdeadbeef00000000 | FIOASYNC, AT, 0);
        assert_process(PROCESS_GROUP, 7, "process group 7");
        decode(SYS_fcntl, 3, F_SETSIG, 9, 0);
        assert_process(PROCESS_GROUP, 7, "process group 7");
        decode(SYS_fcntl, 3, F_SETFL, O_NONBLOCK, 0);
        assert_nobody();
        fake_owner(7, false);
        decode(SYS_fcntl, 3, F_SETFL, O_ASYNC, 0);
        assert_process(PROCESS_HANDLE, 7, "process 7");
        answer = STANDS_INSIDE;
        decode(SYS_fcntl, 3, F_SETFL, O_ASYNC, 0);
        assert_nobody();
        answer = STANDS_NOWHERE;
        decode(SYS_fcntl, 3, F_SETFL, O_ASYNC, 0);
        assert_nobody();
}

static void pidfd_is_the_process_that_it_leads_to(void **state)
{
        (void)state;
        fake_pidfd(5, 7, false);
        decode(SYS_pidfd_send_signal, 5, 9, 0, 0);
        assert_process(PROCESS_HANDLE, 7, "process 7");
        assert_int_equal(event.fd, 5);
        assert_false(event.objects[0].thread);
        decode(SYS_pidfd_send_signal, 5, 9, 0, 1);
        assert_true(event.objects[0].thread);
        decode(SYS_pidfd_send_signal, 5, 9, 0, 4);
        assert_process(PROCESS_GROUP, 7, "process group 7");
        decode(SYS_process_madvise, 5, AT, 1, 4);
        assert_process(PROCESS_HANDLE, 7, "process 7");
        fake_pidfd(5, 7, true);
        decode(SYS_pidfd_send_signal, 5, 9, 0, 0);
        assert_true(event.objects[0].thread);
        decode(SYS_pidfd_send_signal, 5, 9, 0, 2);
        assert_false(event.objects[0].thread);
}

static void pidfd_that_is_none_is_left_to_the_kernel(void **state)
{
        (void)state;
        fake_pidfd(5, 7, false);
        decode(SYS_pidfd_send_signal, 6, 9, 0, 0);
        assert_nobody();
        decode(SYS_pidfd_send_signal, (uint64_t)-10000, 9, 0, 0);
        assert_nobody();
        decode(SYS_pidfd_send_signal, 5, 9, 0, 3);
        assert_nobody();
        decode(SYS_pidfd_send_signal, 5, 9, 0, 8);
        assert_nobody();
}

static void pidfd_of_a_dead_process_is_nobody_s(void **state)
{
        (void)state;
        fake_pidfd(5, 0, false);
        decode(SYS_pidfd_send_signal, 5, 9, 0, 0);
        assert_int_equal(event.objects[0].standing, STANDS_NOWHERE);
        assert_string_equal(event.objects[0].path, "process");
}

static void open_proc(const char *path, uint64_t flags)
{
        fake_reset();
        map_text(AT, path);
        decode(SYS_openat, (uint64_t)AT_FDCWD, AT, flags, 0);
}

static void file_of_proc_belongs_to_its_process(void **state)
{
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "/proc/%d/task/%d/mem", getpid(), getpid());
        open_proc(path, O_RDWR);
        assert_int_equal(asked.number, getpid());
        assert_true(event.objects[0].foreign && event.objects[0].memory);
        open_proc("/proc/self/environ", O_RDONLY);
        assert_int_equal(asked.number, getpid());
        assert_true(event.objects[0].foreign && event.objects[0].memory);
        open_proc("/proc/self/status", O_RDONLY);
        assert_true(event.objects[0].foreign && !event.objects[0].memory);
        answer = STANDS_INSIDE;
        open_proc(path, O_RDWR);
        assert_false(event.objects[0].foreign);
}

static void memory_of_a_process_that_may_be_born_is_foreign(void **state)
{
        (void)state;
        answer = STANDS_NOWHERE;
        open_proc("/proc/99999999/mem", O_RDWR);
        assert_true(event.objects[0].foreign);
        open_proc("/proc/99999999/oom_score_adj", O_RDWR);
        assert_false(event.objects[0].foreign);
}

static void other_files_are_nobody_s(void **state)
{
        (void)state;
        open_proc("/proc/meminfo", O_RDONLY);
        assert_false(event.objects[0].foreign);
        open_proc("/proc/sys/kernel/ostype", O_RDONLY);
        assert_false(event.objects[0].foreign);
        open_proc("/etc/passwd", O_RDONLY);
        assert_false(event.objects[0].foreign);
        assert_int_equal(asked.times, 0);
}

#define T(name) cmocka_unit_test_setup(name, in_scratch)

int main(void)
{
        const struct CMUnitTest tests[] = {
                T(open_for_reading_asks_for_read_only),
                T(open_for_both_asks_for_both),
                T(access_mode_3_asks_for_both),
                T(truncating_asks_for_write_even_when_opened_for_reading),
                T(a_new_name_asks_for_create_too),
                T(creat_asks_as_open_with_its_flags_would),
                T(o_path_ignores_what_open_ignores),
                T(tmpfile_asks_to_create_in_its_directory),
                T(dangling_link_with_o_creat_is_its_target),
                T(dangling_link_with_o_excl_is_itself),
                T(unreadable_path_gets_EFAULT),
                T(path_without_end_gets_ENAMETOOLONG),
                T(empty_path_gets_ENOENT),
                T(missing_directory_keeps_the_lexical_name),
                T(a_path_is_read_once),
                T(int_arguments_are_their_low_half),
                T(closed_dirfd_gets_EBADF),
                T(openat2_flags_come_from_memory),
                T(openat2_with_unreadable_how_is_undecodable),
                T(openat2_in_root_takes_dirfd_for_the_root),
                T(rename_needs_delete_and_create),
                T(rename_over_a_file_deletes_it),
                T(both_paths_are_kept_as_they_were_given),
                T(an_address_is_kept_as_it_was_given_and_read_once),
                T(a_renamed_directory_makes_its_target_one),
                T(what_goes_to_another_name_is_compared_with_it),
                T(what_is_exchanged_is_compared_both_ways),
                T(symlink_shows_its_text_and_judges_its_place),
                T(unlink_is_about_the_link_itself),
                T(chmod_of_a_descriptor_is_its_path),
                T(utimensat_without_a_path_is_about_its_descriptor),
                T(empty_path_is_the_descriptor_with_AT_EMPTY_PATH),
                T(a_pipe_is_anonymous),
                T(a_deleted_file_keeps_the_name_it_had),
                T(a_file_called_deleted_is_not),
                T(a_memfd_is_anonymous),
                T(the_sample_is_bounded_and_the_count_is_not),
                T(a_discarded_write_fails_as_the_real_one_would),
                T(an_open_of_unreadable_memory_is_known_by_its_flags),
                T(a_vector_is_summed_and_sampled_across_its_parts),
                T(an_endless_vector_is_refused_as_the_kernel_would),
                T(i386_pointers_and_vectors_are_narrow),
                T(socketcall_is_the_call_that_is_meant),
                T(abstract_names_keep_their_bytes),
                T(inet_addresses_are_named_with_their_port),
                T(binding_an_inet_socket_asks_for_nothing),
                T(new_inet_socket_may_go_to_any_address_that_a_call_names),
                T(new_socket_that_sends_where_no_call_says_is_told_apart),
                T(new_socket_of_another_family_is_its_family),
                T(new_unix_or_netlink_socket_asks_for_nothing),
                T(new_socket_through_socketcall_has_its_arguments_in_memory),
                T(source_route_by_option_is_an_unnamed_way),
                T(source_route_within_a_message_is_found_behind_other_data),
                T(control_data_that_cannot_be_read_is_taken_for_a_route),
                T(i386_control_data_has_narrow_headers),
                T(address_without_a_family_is_read_in_both_ways),
                T(netlink_to_the_kernel_asks_for_nothing_and_to_others_for_its_family),
                T(only_the_first_of_many_messages_is_sent),
                T(a_script_asks_for_its_interpreter_too),
                T(a_number_without_a_row_is_undecodable),
                T(kill_is_aimed_as_its_number_says),
                T(numbers_of_processes_are_the_low_half_of_a_register),
                T(group_that_can_be_divided_says_so),
                T(group_that_cannot_be_divided_is_outside_if_any_of_it_is),
                T(thread_is_what_is_signalled_not_the_process_named_beside_it),
                T(caller_itself_and_numbers_below_0_are_nobody_else),
                T(priority_is_of_what_its_first_argument_says),
                T(owner_of_a_descriptor_is_whom_it_signals),
                T(descriptor_that_becomes_asynchronous_signals_its_owner),
                T(pidfd_is_the_process_that_it_leads_to),
                T(pidfd_that_is_none_is_left_to_the_kernel),
                T(pidfd_of_a_dead_process_is_nobody_s),
                T(file_of_proc_belongs_to_its_process),
                T(memory_of_a_process_that_may_be_born_is_foreign),
                T(other_files_are_nobody_s),
        };

        return cmocka_run_group_tests_name("decode", tests, make_scratch, remove_scratch);
}
