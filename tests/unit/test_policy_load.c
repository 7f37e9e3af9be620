/* test_policy_load.c: what the policy language promises; stopgate.ini(5) is its specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "policy_load.h"
#include "util.h"

static char dir[64]; /* a new directory for each test, and its working directory */
static struct policy policy;
static struct messages messages;
static struct loader *loader;

static void start(void)
{
        memset(&messages, 0, sizeof(messages));
        policy_init(&policy);
        loader = loader_new(&policy, &messages);
}

static void finish(void)
{
        loader_free(loader);
        messages_fini(&messages);
        policy_fini(&policy);
}

static int setup(void **state)
{
        (void)state;
        strcpy(dir, "/tmp/policy-load-XXXXXX");
        setenv("HOME", "/home/user", 1);
        setenv("USER", "user", 1);
        setenv("TMPDIR", "/var/tmp", 1);
        unsetenv("XDG_RUNTIME_DIR");
        if (!mkdtemp(dir) || chdir(dir))
                return -1;
        start();
        return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

static int teardown(void **state)
{
        (void)state;
        finish();
        return chdir("/") || nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_bytes(const char *name, const char *bytes, size_t len)
{
        cleanup_fd int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, bytes, len), 0);
}

static void write_file(const char *name, const char *text)
{
        write_bytes(name, text, strlen(text));
}

static void add_text(const char *text)
{
        (void)loader_add_text(loader, "web.ini", dir, text, strlen(text));
}

static void load(const char *text)
{
        add_text(text);
        loader_finish(loader);
}

static void load_file(const char *name)
{
        (void)loader_add_file(loader, name);
        loader_finish(loader);
}

static const struct message *find_message(const char *text)
{
        for (size_t i = 0; i < messages.count; i++)
                if (!strcmp(messages.list[i].text, text))
                        return &messages.list[i];
        return NULL;
}

static void print_messages(void)
{
        for (size_t i = 0; i < messages.count; i++)
                print_message("  %s\n", messages.list[i].text);
}

static void assert_says(const char *text, bool warning)
{
        const struct message *message = find_message(text);

        if (!message || message->warning != warning) {
                print_messages();
                fail_msg("not said: %s", text);
        }
}

static void assert_clean(void)
{
        if (messages.count)
                print_messages();
        assert_int_equal(messages.count, 0);
        assert_int_equal(messages.errors, 0);
}

static void assert_loads(void)
{
        if (messages.errors)
                print_messages();
        assert_int_equal(messages.errors, 0);
}

/* One error, this one. */
static void assert_refused(const char *text, const char *message)
{
        load(text);
        assert_says(message, false);
        assert_int_equal(messages.errors, 1);
        finish();
        start();
}

static void assert_warns(const char *text, const char *message)
{
        load(text);
        assert_loads();
        assert_says(message, true);
        finish();
        start();
}

static struct verdict verdict_of(enum call_class class, enum object_kind kind, const char *path)
{
        struct object *object = xcalloc(1, sizeof(*object));
        struct verdict verdict;

        object->kind = kind;
        object->len = strlen(path);
        strcpy(object->path, path);
        verdict = policy_judge(&policy, class, object, getpid());
        free(object);
        return verdict;
}

static enum action judge(enum call_class class, const char *path)
{
        return verdict_of(class, OBJECT_PATH, path).action;
}

/* Below the directory of the test. */
static enum action judge_here(enum call_class class, const char *name)
{
        cleanup_free char *path = xasprintf("%s/%s", dir, name);

        return judge(class, path);
}

static const char *spelling(size_t rule, unsigned which)
{
        assert_true(rule < policy.nrules);
        assert_true(which < policy.rules[rule].nspellings);
        return policy.rules[rule].spelling[which].text;
}

/* ---- lines ---- */

static void example_of_the_design_loads(void **state)
{
        (void)state;
        write_file("base.ini", "[write]\nallow = /dev/null\n");
        load("[policy]\n"
             "description = Read the system, write only below the current directory\n"
             "include = base.ini            ; relative to this file, once\n"
             "mode = enforce\n"
             "errno = EACCES\n"
             "\n"
             "[read]\n"
             "default = allow               ; allow | log | deny\n"
             "deny = ~/.ssh\n"
             "[write]\n"
             "default = deny\n"
             "allow = ${PWD}\n"
             "log = /tmp\n"
             "deny = ${PWD}/.git/hooks\n"
             "[system]\n"
             "allow = ptrace\n"
             "[log]\n"
             "file = run.log\n"
             "format = json\n"
             "data = 128\n"
             "results = yes\n"
             "changes = yes\n"
             "limit = 10\n"
             "fold = yes\n"
             "rotate = 10M\n"
             "keep = 3\n"
             "[trace]\n"
             "calls = open openat write\n");
        assert_loads();
        assert_string_equal(policy.description,
                            "Read the system, write only below the current directory");
        assert_int_equal(policy.err, EACCES);
        assert_int_equal(policy.log_format, FORMAT_JSON);
        assert_int_equal(policy.log_data, 128);
        assert_true(policy.log_results);
        assert_true(policy.log_changes);
        assert_int_equal(policy.log_limit, 10);
        assert_true(policy.log_fold);
        assert_int_equal(policy.log_rotate, 10 << 20);
        assert_int_equal(policy.log_keep, 3);
        assert_string_equal(policy.system[0], "ptrace");
        assert_int_equal(policy.ncalls, 3);
        assert_int_equal(judge_here(CLASS_WRITE, "a"), ACTION_ALLOW);
        assert_int_equal(judge_here(CLASS_WRITE, ".git/hooks/a"), ACTION_DENY);
        assert_int_equal(judge(CLASS_WRITE, "/tmp/x"), ACTION_LOG);
        assert_int_equal(judge(CLASS_WRITE, "/dev/null"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_READ, "/home/user/.ssh/id"), ACTION_DENY);
}

static void unknown_key_names_the_nearest(void **state)
{
        (void)state;
        assert_refused("[write]\n[read]\nalow = /tmp\n",
                       "web.ini:3: unknown key 'alow' in [read]; did you mean 'allow'?");
}

static void unknown_key_names_all_when_none_is_near(void **state)
{
        (void)state;
        assert_refused("[system]\nabcdefghij = x\n[read]\n",
                       "web.ini:2: unknown key 'abcdefghij' in [system]; expected allow");
}

static void key_of_another_section_is_sent_there(void **state)
{
        (void)state;
        assert_refused("[read]\nfile = x\n",
                       "web.ini:2: unknown key 'file' in [read]; it belongs in [log]");
        assert_refused("[write]\ndiscard = /x\n",
                       "web.ini:2: unknown key 'discard' in [write]; it belongs in [output]");
}

static void unknown_section_names_the_nearest(void **state)
{
        (void)state;
        assert_refused("[write]\n[raed]\nanything = /x\n",
                       "web.ini:2: unknown section 'raed'; did you mean 'read'?");
        assert_refused("[WRITE]\ndeny = /x\n",
                       "web.ini:1: unknown section 'WRITE'; did you mean 'write'?");
}

static void overlong_section_name_is_unknown(void **state)
{
        (void)state;
        load("[read]\n[readreadreadreadreadreadreadreadreadreadreadreadreadread]\nallow = /x\n");
        assert_int_equal(messages.errors, 1);
        assert_non_null(strstr(messages.list[0].text, "web.ini:2: unknown section 'readread"));
}

static void unclosed_section_is_refused(void **state)
{
        (void)state;
        assert_refused("[write]\n[read\nallow = /x\n",
                       "web.ini:2: unclosed '[': expected ']' after 'read'");
}

static void text_after_section_is_refused(void **state)
{
        (void)state;
        assert_refused("[read] deny = /x\n", "web.ini:1: unexpected text 'deny = /x' after ']'");
        assert_refused("[read];x\n", "web.ini:1: unexpected text ';x' after ']'");
}

static void comment_after_section_is_fine(void **state)
{
        (void)state;
        load("[read] ; comment\ndefault = deny\n");
        assert_clean();
}

static void key_before_any_section_is_refused(void **state)
{
        (void)state;
        assert_refused("deny = /x\n[read]\n", "web.ini:1: 'deny' stands before the first section; "
                                              "expected one such as [read]");
}

static void indented_line_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\nallow = /usr\n  deny = /usr/secret\n",
                       "web.ini:3: indented line; begin it in the first column");
        assert_refused("[read]\n\tdeny = /usr/secret\n",
                       "web.ini:2: indented line; begin it in the first column");
}

static void indented_section_takes_no_keys_for_the_last(void **state)
{
        (void)state;
        add_text("[read]\n [write]\ndefault = deny\n");
        assert_int_equal(messages.errors, 1);
        assert_int_equal(policy.classes[CLASS_READ].fallback, ACTION_ALLOW);
}

static void indented_comments_and_blank_lines_are_fine(void **state)
{
        (void)state;
        load("  ; a\n\t# b\n   \n[read]\ndefault = log\n; c\n# d\n");
        assert_clean();
}

static void overlong_line_is_refused(void **state)
{
        char text[400] = "[read]\ndeny = /";

        (void)state;
        memset(text + strlen(text), 'a', 300);
        assert_refused(text, "web.ini:2: line of 308 bytes; at most 199 are read");
}

static void longest_line_is_read_whole(void **state)
{
        char text[400] = "[read]\ndeny = /", expected[200] = "/";

        (void)state;
        memset(text + strlen(text), 'a', 191);
        memset(expected + 1, 'a', 191);
        load(text);
        assert_loads();
        assert_string_equal(spelling(0, 0), expected);
}

static void overlong_comment_is_fine(void **state)
{
        char text[1000] = "[read]\ndefault = log\n;";

        (void)state;
        memset(text + strlen(text), 'a', 900);
        load(text);
        assert_clean();
}

static void line_without_equals_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\nallow /tmp\ndefault = log\n",
                       "web.ini:2: expected 'key = value', not 'allow /tmp'");
        assert_refused("[read]\nallow /tmp", "web.ini:2: expected 'key = value', not 'allow /tmp'");
        assert_refused("[read]\nallow ; = /tmp\n",
                       "web.ini:2: expected 'key = value', not 'allow ; = /tmp'");
}

static void colon_for_equals_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny: /a=b\n",
                       "web.ini:2: ':' before '='; expected 'key = value', not 'deny: /a=b'");
}

static void colon_in_a_value_is_fine(void **state)
{
        (void)state;
        load("[read]\ndeny = /a:b\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/a:b");
}

static void empty_key_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\n= /tmp\n", "web.ini:2: nothing before '='; expected 'key = value'");
}

static void empty_value_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny =\n", "web.ini:2: 'deny' has no value");
        assert_refused("[read]\ndeny = ; comment\n", "web.ini:2: 'deny' has no value");
}

static void hash_in_a_value_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = /tmp # comment\n",
                       "web.ini:2: '#' in the value; a comment stands behind ' ;' or on its own "
                       "line");
}

static void hash_within_a_word_is_fine(void **state)
{
        (void)state;
        load("[read]\ndeny = /a#b\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/a#b");
}

static void comment_and_trailing_blanks_are_no_value(void **state)
{
        (void)state;
        load("[read]\ndeny = /a b  ; comment\ndeny = /c;d  \n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/a b");
        assert_string_equal(spelling(1, 0), "/c;d");
}

static void nul_byte_is_refused(void **state)
{
        static const char text[] = "[read]\ndeny = /a\0b\ndeny = x\n";

        (void)state;
        (void)loader_add_text(loader, "web.ini", dir, text, sizeof(text) - 1);
        assert_says("web.ini:2: NUL byte in the line", false);
        assert_says("web.ini:3: 'x': expected an absolute path, ~ or ${...}", false);
        assert_int_equal(policy.nrules, 0);
}

static void control_byte_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = /a\x1b[m\n", "web.ini:2: control byte 0x1b in the line");
        assert_refused("[read]\ndeny = /a\rb\n", "web.ini:2: control byte 0x0d in the line");
}

static void invalid_utf8_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = /\xe4\n", "web.ini:2: invalid UTF-8 (byte 0xe4)");
        assert_refused("[read]\ndeny = /\xc0\xaf\n", "web.ini:2: invalid UTF-8 (byte 0xc0)");
        assert_refused("[read]\ndeny = /\xed\xa0\x80\n", "web.ini:2: invalid UTF-8 (byte 0xed)");
        assert_refused("[read]\ndeny = /\xf4\x90\x80\x80\n",
                       "web.ini:2: invalid UTF-8 (byte 0xf4)");
}

static void utf8_is_fine(void **state)
{
        (void)state;
        load("[read]\ndeny = /\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7");
}

static void byte_order_mark_and_crlf_are_fine(void **state)
{
        (void)state;
        load("\xef\xbb\xbf[read]\r\ndeny = /a\r\n\r\n[write]\r\ndefault = deny");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/a");
        assert_int_equal(policy.classes[CLASS_WRITE].fallback, ACTION_DENY);
}

static void last_line_needs_no_newline(void **state)
{
        (void)state;
        load("[read]\ndefault = deny");
        assert_clean();
        assert_int_equal(judge(CLASS_READ, "/a"), ACTION_DENY);
}

static void all_errors_are_reported_at_once(void **state)
{
        (void)state;
        load("[policy]\nmode = lax\n[reed]\nx = y\n[read]\nallow = a\nallow /b\n[wrote\n"
             "[log]\ndata = 5000\n");
        assert_int_equal(messages.errors, 6);
        assert_says("web.ini:2: unknown mode 'lax'; expected enforce or permissive", false);
        assert_says("web.ini:3: unknown section 'reed'; did you mean 'read'?", false);
        assert_says("web.ini:6: 'a': expected an absolute path, ~ or ${...}", false);
        assert_says("web.ini:7: expected 'key = value', not 'allow /b'", false);
        assert_says("web.ini:8: unclosed '[': expected ']' after 'wrote'", false);
        assert_says("web.ini:10: data is a number from 0 to 4096, not '5000'", false);
}

static void messages_are_capped_and_counted(void **state)
{
        char text[4096] = "[read]\n";

        (void)state;
        for (int i = 0; i < 120; i++)
                strcat(text, "deny = a\n");
        load(text);
        assert_int_equal(messages.errors, 120);
        assert_int_equal(messages.count, 51);
        assert_says("... and 70 more errors", false);
}

static void quoted_text_is_harmless_and_short(void **state)
{
        char text[256] = "[read]\ndeny = \xc3\xa4";

        (void)state;
        memset(text + strlen(text), 'x', 160);
        load(text);
        assert_int_equal(messages.errors, 1);
        assert_non_null(strstr(messages.list[0].text, "xxx...'"));
        assert_true(strlen(messages.list[0].text) < 200);
}

/* ---- files ---- */

static void binary_file_is_refused_briefly(void **state)
{
        static char bytes[100000];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (char)(i * 7919 >> 3);
        write_bytes("elf.ini", bytes, sizeof(bytes));
        load_file("elf.ini");
        assert_true(messages.errors > 0 && messages.count < 10);
        assert_non_null(strstr(messages.list[messages.count - 1].text, "this is no text file"));
}

static void huge_file_is_refused(void **state)
{
        (void)state;
        write_file("big.ini", "[read]\n");
        assert_int_equal(truncate("big.ini", 10 << 20), 0);
        assert_int_equal(loader_add_file(loader, "big.ini"), -EFBIG);
        assert_int_equal(messages.errors, 1);
        assert_non_null(strstr(messages.list[0].text, "larger than 4194304 bytes"));
}

static void empty_file_says_nothing(void **state)
{
        (void)state;
        write_file("empty.ini", "");
        load_file("empty.ini");
        assert_says("empty.ini: says nothing: no section such as [read] or [write]", false);
}

static void policy_without_a_class_says_nothing(void **state)
{
        (void)state;
        assert_refused("[policy]\ndescription = x\n",
                       "web.ini: says nothing: no section such as [read] or [write]");
}

static void class_section_without_keys_says_enough(void **state)
{
        (void)state;
        load("[read]\n");
        assert_clean();
        assert_true(policy.classes[CLASS_READ].spoken);
        assert_true(policy.classes[CLASS_READ].own);
}

static void missing_file_names_the_nearest(void **state)
{
        cleanup_free char *message = NULL, *path = xasprintf("%s/basis.ini", dir);

        (void)state;
        write_file("base.ini", "[read]\n");
        assert_int_equal(loader_add_file(loader, path), -ENOENT);
        message = xasprintf("cannot read '%s': No such file or directory; did you mean 'base.ini'?",
                            path);
        assert_says(message, false);
}

static void link_that_leads_nowhere_is_called_so(void **state)
{
        cleanup_free char *message = NULL, *path = xasprintf("%s/dangling.ini", dir);

        (void)state;
        assert_int_equal(symlink("nowhere.ini", path), 0);
        assert_int_equal(loader_add_file(loader, path), -ENOENT);
        message = xasprintf("cannot read '%s': No such file or directory; it is a symbolic link "
                            "that leads nowhere",
                            path);
        assert_says(message, false);
}

static void socket_without_a_name_is_refused(void **state)
{
        (void)state;
        assert_refused("[connect]\nallow = @\n", "web.ini:2: '@': expected a name behind '@'");
}

static void directory_is_refused(void **state)
{
        (void)state;
        assert_int_equal(loader_add_file(loader, "/tmp"), -EISDIR);
        assert_says("cannot read '/tmp': Is a directory", false);
}

static void device_is_refused(void **state)
{
        (void)state;
        assert_int_equal(loader_add_file(loader, "/dev/zero"), -EINVAL);
        assert_says("cannot read '/dev/zero': neither a file nor a pipe", false);
}

static void *write_fifo(void *unused)
{
        (void)unused;
        write_file("./pipe", "[read]\ndefault = deny\n");
        return NULL;
}

static void pipe_is_read(void **state)
{
        pthread_t writer;

        (void)state;
        assert_int_equal(mkfifo("./pipe", 0600), 0);
        assert_int_equal(pthread_create(&writer, NULL, write_fifo, NULL), 0);
        load_file("./pipe");
        pthread_join(writer, NULL);
        assert_clean();
        assert_int_equal(policy.classes[CLASS_READ].fallback, ACTION_DENY);
}

static void included_pipe_is_not_waited_for(void **state)
{
        cleanup_free char *message =
                xasprintf("a.ini:2: cannot read '%s/pipe': not a regular file", dir);

        (void)state;
        assert_int_equal(mkfifo("./pipe", 0600), 0);
        write_file("a.ini", "[policy]\ninclude = ./pipe\n");
        load_file("a.ini");
        assert_int_equal(messages.errors, 1);
        assert_says(message, false);
}

static void files_are_noted_by_their_real_names(void **state)
{
        cleanup_free char *real = xasprintf("%s/real.ini", dir);

        (void)state;
        write_file("real.ini", "[read]\n");
        assert_int_equal(symlink("real.ini", "link.ini"), 0);
        load_file("link.ini");
        assert_clean();
        assert_int_equal(policy.nfiles, 1);
        assert_string_equal(policy.files[0], real);
}

static void message_shows_the_base_name(void **state)
{
        cleanup_free char *path = xasprintf("%s/bad.ini", dir);

        (void)state;
        write_file("bad.ini", "[read]\nx = y\n");
        assert_int_equal(loader_add_file(loader, path), -EINVAL);
        assert_non_null(strstr(messages.list[0].text, "bad.ini:2: unknown key 'x'"));
        assert_ptr_equal(strstr(messages.list[0].text, "bad.ini"), messages.list[0].text);
}

static void name_is_looked_up_in_order(void **state)
{
        cleanup_free char *first = xasprintf("%s/first", dir),
                          *second = xasprintf("%s/second", dir);
        const char *search[] = {first, second, NULL};

        (void)state;
        mkdir("first", 0755);
        mkdir("second", 0755);
        write_file("first/a.ini", "[read]\ndefault = deny\n");
        write_file("second/a.ini", "[read]\ndefault = log\n");
        write_file("second/b.ini", "[write]\ndefault = log\n");
        loader_set_search(loader, search);
        assert_int_equal(loader_add_file(loader, "a"), 0);
        assert_int_equal(loader_add_file(loader, "b"), 0);
        assert_int_equal(policy.classes[CLASS_READ].fallback, ACTION_DENY);
        assert_int_equal(policy.classes[CLASS_WRITE].fallback, ACTION_LOG);
}

static void unknown_name_says_where_it_looked(void **state)
{
        cleanup_free char *message = xasprintf(
                "no policy named 'untrustd' in %s, /nowhere; did you mean 'untrusted'?", dir);
        const char *search[] = {dir, "/nowhere", NULL};

        (void)state;
        write_file("untrusted.ini", "[read]\n");
        loader_set_search(loader, search);
        assert_int_equal(loader_add_file(loader, "untrustd"), -ENOENT);
        assert_says(message, false);
}

static void places_of_another_run_stand_for_pwd_and_home(void **state)
{
        (void)state;
        loader_set_places(loader, "/srv/[x]", "/home/other");
        load("[read]\ndeny = ${PWD}/a\ndeny = ~/b\ndeny = ${HOME}/c\n");
        assert_string_equal(policy.rules[0].spelling[0].text, "/srv/[x]/a");
        assert_string_equal(policy.rules[1].spelling[0].text, "/home/other/b");
        assert_string_equal(policy.rules[2].spelling[0].text, "/home/other/c");
}

/* ---- include ---- */

static void include_is_relative_to_the_including_file(void **state)
{
        (void)state;
        mkdir("sub", 0755);
        write_file("sub/top.ini", "[policy]\ninclude = part.ini\n");
        write_file("sub/part.ini", "[read]\ndefault = deny\n");
        load_file("sub/top.ini");
        assert_clean();
        assert_int_equal(policy.classes[CLASS_READ].fallback, ACTION_DENY);
        assert_int_equal(policy.nfiles, 2);
}

static void included_name_is_looked_up_where_it_does_not_stand_beside(void **state)
{
        cleanup_free char *shipped = xasprintf("%s/shipped", dir);
        const char *search[] = {"/nonexistent", shipped, NULL};

        (void)state;
        loader_set_search(loader, search);
        mkdir("shipped", 0755);
        mkdir("own", 0755);
        write_file("shipped/part.ini", "[read]\ndeny = /shipped\n");
        write_file("top.ini", "[policy]\ninclude = part.ini\n");
        write_file("own/top.ini", "[policy]\ninclude = part.ini\n");
        write_file("own/part.ini", "[read]\ndeny = /beside\n");
        (void)loader_add_file(loader, "top.ini");
        assert_string_equal(policy.rules[0].source, "/shipped");
        (void)loader_add_file(loader, "own/top.ini");
        assert_string_equal(policy.rules[1].source, "/beside");
        (void)loader_add_text(loader, "x.ini", dir, "[policy]\ninclude = ./part.ini\n", 29);
        loader_finish(loader);
        assert_int_equal(messages.errors, 1);
}

static void missing_include_is_an_error_in_its_line(void **state)
{
        cleanup_free char *message =
                xasprintf("web.ini:2: cannot read '%s/basis.ini': No such file or directory; "
                          "did you mean 'base.ini'?",
                          dir);

        (void)state;
        write_file("base.ini", "[read]\n");
        assert_refused("[policy]\ninclude = basis.ini\n[read]\n", message);
}

static void error_in_an_included_file_names_that_file(void **state)
{
        (void)state;
        write_file("base.ini", "[read]\nallow = x\n");
        assert_refused("[policy]\ninclude = base.ini\n",
                       "base.ini:2: 'x': expected an absolute path, ~ or ${...}");
}

static void including_file_beats_what_it_includes(void **state)
{
        (void)state;
        write_file("base.ini", "[policy]\nerrno = EPERM\n[read]\ndefault = deny\n");
        load("[policy]\nerrno = EROFS\ninclude = base.ini\n[read]\ndefault = log\n");
        assert_clean();
        assert_int_equal(policy.err, EROFS);
        assert_int_equal(policy.classes[CLASS_READ].fallback, ACTION_LOG);
}

static void included_setting_holds_where_nothing_else_is_said(void **state)
{
        (void)state;
        write_file("base.ini", "[policy]\nerrno = EPERM\n[read]\ndefault = deny\n");
        load("[policy]\ninclude = base.ini\n");
        assert_clean();
        assert_int_equal(policy.err, EPERM);
        assert_string_equal(policy.classes[CLASS_READ].fallback_origin.file, "base.ini");
        assert_int_equal(policy.classes[CLASS_READ].fallback_origin.line, 4);
}

static void included_files_must_not_contradict_each_other(void **state)
{
        (void)state;
        write_file("a.ini", "[read]\ndefault = deny\n");
        write_file("b.ini", "[read]\ndefault = log\n");
        assert_refused("[policy]\ninclude = a.ini\ninclude = b.ini\n",
                       "b.ini:2: 'default' of [read] contradicts a.ini:2; say it in the file that "
                       "includes both");
        load("[policy]\ninclude = a.ini\ninclude = b.ini\n[read]\ndefault = log\n");
        assert_clean();
}

static void rules_of_all_files_add_up(void **state)
{
        (void)state;
        write_file("a.ini", "[write]\nallow = /a\n");
        write_file("b.ini", "[write]\nallow = /b\n");
        load("[policy]\ninclude = a.ini\ninclude = b.ini\n[write]\ndefault = deny\n");
        assert_clean();
        assert_int_equal(judge(CLASS_WRITE, "/a"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/b"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/c"), ACTION_DENY);
}

static void include_nests_four_deep_and_no_deeper(void **state)
{
        (void)state;
        write_file("1.ini", "[policy]\ninclude = 2.ini\n");
        write_file("2.ini", "[policy]\ninclude = 3.ini\n");
        write_file("3.ini", "[policy]\ninclude = 4.ini\n");
        write_file("4.ini", "[read]\n");
        load("[policy]\ninclude = 1.ini\n");
        assert_clean();
        finish();
        start();
        write_file("4.ini", "[policy]\ninclude = 5.ini\n");
        write_file("5.ini", "[read]\n");
        assert_refused("[policy]\ninclude = 1.ini\n",
                       "4.ini:2: files include each other more than 4 deep");
}

static void file_that_includes_itself_is_refused(void **state)
{
        (void)state;
        write_file("a.ini", "[policy]\ninclude = ./a.ini\n[read]\n");
        load_file("a.ini");
        assert_says("a.ini:2: a file includes itself: a.ini includes a.ini", false);
}

static void circle_of_includes_is_refused(void **state)
{
        (void)state;
        write_file("a.ini", "[policy]\ninclude = b.ini\n[read]\n");
        write_file("b.ini", "[policy]\ninclude = c.ini\n");
        write_file("c.ini", "[policy]\ninclude = link.ini\n");
        assert_int_equal(symlink("a.ini", "link.ini"), 0);
        load_file("a.ini");
        assert_int_equal(messages.errors, 1);
        assert_says("c.ini:2: a file includes itself: a.ini includes b.ini includes c.ini includes "
                    "a.ini",
                    false);
}

static void file_included_twice_is_read_once(void **state)
{
        (void)state;
        write_file("a.ini", "[policy]\ninclude = base.ini\n");
        write_file("b.ini", "[policy]\ninclude = base.ini\n");
        write_file("base.ini", "[write]\ndefault = deny\nallow = /dev/null\n");
        load("[policy]\ninclude = a.ini\ninclude = b.ini\ninclude = base.ini\n");
        assert_clean();
        assert_int_equal(policy.nrules, 1);
        assert_int_equal(policy.nfiles, 3);
}

static void longest_way_of_inclusion_counts(void **state)
{
        (void)state;
        write_file("a.ini", "[policy]\ninclude = base.ini\n[read]\ndefault = log\n");
        write_file("base.ini", "[read]\ndefault = deny\n");
        load("[policy]\ninclude = base.ini\ninclude = a.ini\n");
        assert_clean();
        assert_int_equal(policy.classes[CLASS_READ].fallback, ACTION_LOG);
}

static void later_policy_beats_earlier(void **state)
{
        (void)state;
        write_file("base.ini", "[policy]\nerrno = EPERM\n");
        add_text("[policy]\nerrno = EROFS\n[read]\ndefault = deny\n");
        load("[policy]\ninclude = base.ini\n[read]\ndefault = log\n");
        assert_clean();
        assert_int_equal(policy.err, EPERM);
        assert_int_equal(policy.classes[CLASS_READ].fallback, ACTION_LOG);
}

static void file_shared_by_two_policies_counts_for_the_later(void **state)
{
        (void)state;
        write_file("a.ini", "[policy]\ninclude = base.ini\nerrno = EROFS\n[read]\n");
        write_file("b.ini", "[policy]\ninclude = base.ini\n");
        write_file("base.ini", "[policy]\nerrno = EPERM\n");
        assert_int_equal(loader_add_file(loader, "a.ini"), 0);
        load_file("b.ini");
        assert_clean();
        assert_int_equal(policy.err, EPERM);
}

/* ---- settings ---- */

static void setting_said_twice_names_the_first_line(void **state)
{
        (void)state;
        assert_refused("[read]\ndefault = log\n\ndefault = log\n",
                       "web.ini:4: 'default' is said twice in [read]; first in web.ini:2");
        assert_refused("[read]\n[policy]\nmode = enforce\n[read]\n[policy]\nmode = enforce\n",
                       "web.ini:6: 'mode' is said twice in [policy]; first in web.ini:3");
}

static void same_key_in_two_sections_is_fine(void **state)
{
        (void)state;
        load("[policy]\nerrno = EPERM\n[read]\nerrno = ENOENT\ndefault = deny\n"
             "[write]\nerrno = EROFS\ndefault = deny\n");
        assert_clean();
        assert_int_equal(verdict_of(CLASS_READ, OBJECT_PATH, "/a").err, ENOENT);
        assert_int_equal(verdict_of(CLASS_CREATE, OBJECT_PATH, "/a").err, EROFS);
        assert_int_equal(policy.err, EPERM);
}

static void section_may_be_opened_again(void **state)
{
        (void)state;
        load("[read]\ndefault = deny\n[write]\ndefault = deny\n[read]\nallow = /usr\n");
        assert_clean();
        assert_int_equal(judge(CLASS_READ, "/usr/a"), ACTION_ALLOW);
}

static void bad_words_are_refused_with_what_was_expected(void **state)
{
        (void)state;
        assert_refused("[read]\ndefault = dney\n",
                       "web.ini:2: unknown default 'dney'; did you mean 'deny'?");
        assert_refused("[read]\ndefault = discard\n",
                       "web.ini:2: unknown default 'discard'; expected allow, log or deny");
        assert_refused("[read]\n[policy]\nerrno = EACCESS\n",
                       "web.ini:3: unknown errno 'EACCESS'; did you mean 'EACCES'?");
        assert_refused("[read]\n[log]\nformat = jason\n",
                       "web.ini:3: unknown format 'jason'; did you mean 'json'?");
        assert_refused("[read]\n[log]\nresults = maybe\n",
                       "web.ini:3: unknown results 'maybe'; expected no or yes");
        assert_refused("[read]\n[system]\nallow = ptrase\n",
                       "web.ini:3: unknown word 'ptrase' in [system]; did you mean 'ptrace'?");
        assert_refused(
                "[read]\n[system]\nallow = capabilites\n",
                "web.ini:3: unknown word 'capabilites' in [system]; did you mean 'capabilities'?");
        assert_refused("[policy]\nstragglers = wait\n[read]\n",
                       "web.ini:2: unknown stragglers 'wait'; expected follow or kill");
}

static void stragglers_are_followed(void **state)
{
        (void)state;
        load("[read]\n");
        assert_clean();
        assert_false(policy.kill_stragglers);
}

static void stragglers_are_killed_if_that_is_said(void **state)
{
        (void)state;
        load("[policy]\nstragglers = kill\n[read]\n");
        assert_clean();
        assert_true(policy.kill_stragglers);
}

static void stragglers_are_followed_if_that_is_said(void **state)
{
        (void)state;
        load("[policy]\nstragglers = follow\n[read]\n");
        assert_clean();
        assert_false(policy.kill_stragglers);
}

static void assert_pins(const char *text, bool expected)
{
        load(text);
        assert_clean();
        assert_int_equal(policy_pins(&policy), expected);
}

static void calls_are_pinned_where_something_is_refused(void **state)
{
        (void)state;
        assert_pins("[read]\ndefault = deny\n", true);
}

static void nothing_is_pinned_where_nothing_is_refused(void **state)
{
        (void)state;
        assert_pins("[policy]\npin = auto\n[read]\n", false);
}

static void pin_always_pins_where_nothing_is_refused(void **state)
{
        (void)state;
        assert_pins("[policy]\npin = always\n[read]\n", true);
}

static void pin_never_pins_nothing(void **state)
{
        (void)state;
        assert_pins("[policy]\npin = never\n[read]\ndefault = deny\n", false);
}

static void unknown_pin_is_refused(void **state)
{
        (void)state;
        assert_refused("[policy]\npin = maybe\n[read]\n",
                       "web.ini:2: unknown pin 'maybe'; expected never, auto or always");
}

static void numbers_are_read_strictly(void **state)
{
        static const char *const bad[] = {
                "-1", "+1", "0x10", "1k", "4097", "1 0", "99999999999999999999999"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                cleanup_free char *text = xasprintf("[read]\n[log]\ndata = %s\n", bad[i]);
                cleanup_free char *message =
                        xasprintf("web.ini:3: data is a number from 0 to 4096, not '%s'", bad[i]);

                assert_refused(text, message);
        }
        load("[read]\n[log]\ndata = 4096\nlimit = 1000000000000000000\n");
        assert_clean();
        assert_int_equal(policy.log_data, 4096);
        assert_true(policy.log_limit == UINT64_C(1000000000000000000));
}

static void sizes_have_units(void **state)
{
        static const struct {
                const char *text;
                uint64_t bytes;
        } good[] = {{"0", 0},
                    {"1", 1},
                    {"4096", 4096},
                    {"64K", 64 << 10},
                    {"10M", 10 << 20},
                    {"1G", 1 << 30},
                    {"1048576G", UINT64_C(1) << 50},
                    {"1125899906842624", UINT64_C(1) << 50}};
        static const char *const bad[] = {"K",        "-1",
                                          "1k",       "1KB",
                                          "1 K",      "1.5M",
                                          "1K1",      "1T",
                                          "1048577G", "1125899906842625",
                                          "0x10",     "+1",
                                          "1KK",      "18446744073709551617"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                cleanup_free char *text = xasprintf("[read]\n[log]\nrotate = %s\n", good[i].text);

                load(text);
                assert_clean();
                assert_true(policy.log_rotate == good[i].bytes);
                finish();
                start();
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                cleanup_free char *text = xasprintf("[read]\n[log]\nrotate = %s\n", bad[i]);
                cleanup_free char *message =
                        xasprintf("web.ini:3: rotate is a number of bytes such as 500000, 64K, 10M "
                                  "or 1G, at most 1048576G, not '%s'",
                                  bad[i]);

                assert_refused(text, message);
        }
}

static void at_least_one_older_file_is_kept(void **state)
{
        (void)state;
        load("[read]\n[log]\nkeep = 999\n");
        assert_clean();
        assert_int_equal(policy.log_keep, 999);
        finish();
        start();
        assert_refused("[read]\n[log]\nkeep = 0\n",
                       "web.ini:3: keep is a number from 1 to 999, not '0'");
        assert_refused("[read]\n[log]\nkeep = 1000\n",
                       "web.ini:3: keep is a number from 1 to 999, not '1000'");
}

static void limit_zero_means_none(void **state)
{
        (void)state;
        load("[read]\n[log]\nlimit = 0\ndata = 0\n");
        assert_clean();
        assert_int_equal(policy.log_limit, 0);
        assert_int_equal(policy.log_data, 0);
}

static void log_file_is_relative_to_the_working_directory(void **state)
{
        cleanup_free char *expected = xasprintf("%s/run.log", dir);

        (void)state;
        load("[read]\n[log]\nfile = sub/../run.log\n");
        assert_clean();
        assert_string_equal(policy.log_file, expected);
}

static void log_file_may_hold_variables(void **state)
{
        (void)state;
        load("[read]\n[log]\nfile = ${TMPDIR}/run-${USER}.log\n");
        assert_clean();
        assert_string_equal(policy.log_file, "/var/tmp/run-user.log");
}

static void unsaid_settings_have_defaults(void **state)
{
        (void)state;
        load("[read]\n");
        assert_false(policy.permissive);
        assert_int_equal(policy.err, EACCES);
        assert_int_equal(policy.log_data, 64);
        assert_int_equal(policy.log_limit, 1000000);
        assert_int_equal(policy.log_format, FORMAT_TEXT);
        assert_null(policy.log_file);
        assert_false(policy.log_results);
        assert_false(policy.log_changes);
        assert_false(policy.log_fold);
        assert_int_equal(policy.log_rotate, 0);
        assert_int_equal(policy.log_keep, 9);
        assert_false(policy.calls_given);
}

static void mode_permissive_refuses_nothing(void **state)
{
        (void)state;
        load("[policy]\nmode = permissive\n[read]\ndefault = deny\n");
        assert_clean();
        assert_int_equal(verdict_of(CLASS_READ, OBJECT_PATH, "/a").action, ACTION_LOG);
        assert_int_equal(verdict_of(CLASS_READ, OBJECT_PATH, "/a").would, ACTION_DENY);
}

static void output_may_discard(void **state)
{
        (void)state;
        load("[output]\ndefault = discard\nallow = /tmp\ndiscard = /tmp/x*\n");
        assert_loads();
        assert_int_equal(judge(CLASS_OUTPUT, "/a"), ACTION_DISCARD);
        assert_int_equal(judge(CLASS_OUTPUT, "/tmp/xy"), ACTION_DISCARD);
        assert_int_equal(judge(CLASS_OUTPUT, "/tmp/y"), ACTION_ALLOW);
}

static void every_action_is_taken(void **state)
{
        (void)state;
        load("[exec]\nallow = /a\nlog = /b\ndeny = /c\nkill = /d\n");
        assert_loads();
        assert_int_equal(judge(CLASS_EXEC, "/b/x"), ACTION_LOG);
        assert_int_equal(judge(CLASS_EXEC, "/c/x"), ACTION_DENY);
        assert_int_equal(judge(CLASS_EXEC, "/d/x"), ACTION_KILL);
}

static void rule_knows_its_line(void **state)
{
        struct verdict verdict;

        (void)state;
        load("; comment\n\n[read]\nlog = /a\ndeny = /b\n");
        verdict = verdict_of(CLASS_READ, OBJECT_PATH, "/b/c");
        assert_string_equal(verdict.origin.file, "web.ini");
        assert_int_equal(verdict.origin.line, 5);
        assert_string_equal(verdict.rule->source, "/b");
}

/* ---- calls ---- */

static void calls_are_named_by_blanks_and_commas_and_add_up(void **state)
{
        (void)state;
        load("[write]\ndefault = log\n[trace]\ncalls = open, openat,,write\ncalls = write creat\n");
        assert_clean();
        assert_true(policy.calls_given);
        assert_int_equal(policy.ncalls, 4);
}

static void unknown_call_names_the_nearest(void **state)
{
        (void)state;
        assert_refused("[read]\n[trace]\ncalls = opn\n",
                       "web.ini:3: unknown call 'opn'; did you mean 'open'?");
}

static void call_that_raises_no_stops_is_refused(void **state)
{
        (void)state;
        load("[read]\n[trace]\ncalls = getpid\n");
        assert_int_equal(messages.errors, 1);
        assert_non_null(strstr(messages.list[0].text, "no class asks for a stop at 'getpid'"));
}

static void list_without_words_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\n[trace]\ncalls = , ,\n", "web.ini:3: expected words, not ', ,'");
}

/* ---- patterns ---- */

static void home_expands(void **state)
{
        (void)state;
        load("[read]\ndeny = ~\ndeny = ~/.ssh\ndeny = ${HOME}/x\ndeny = /a/~\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/home/user");
        assert_string_equal(spelling(1, 0), "/home/user/.ssh");
        assert_string_equal(spelling(2, 0), "/home/user/x");
        assert_string_equal(spelling(3, 0), "/a/~");
}

static void variables_expand(void **state)
{
        cleanup_free char *here = xasprintf("%s/a", dir), *uid = xasprintf("/run/%u", getuid());

        (void)state;
        setenv("XDG_RUNTIME_DIR", "/run/me", 1);
        setenv("PWD", "/not/this", 1);
        load("[read]\ndeny = ${PWD}/a\ndeny = /x/${USER}/${UID}\ndeny = /run/${UID}\n"
             "deny = ${XDG_RUNTIME_DIR}/bus\ndeny = ${TMPDIR}\ndeny = ${POLICY_DIR}/a\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), here);
        assert_string_equal(spelling(2, 0), uid);
        assert_string_equal(spelling(3, 0), "/run/me/bus");
        assert_string_equal(spelling(4, 0), "/var/tmp");
        assert_string_equal(spelling(5, 0), here);
}

static void tmpdir_defaults_to_tmp(void **state)
{
        (void)state;
        unsetenv("TMPDIR");
        load("[read]\ndeny = ${TMPDIR}/a\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/tmp/a");
}

static void user_is_known_without_the_environment(void **state)
{
        (void)state;
        unsetenv("USER");
        load("[read]\ndeny = /x/${USER}\n");
        assert_loads();
        assert_true(strlen(spelling(0, 0)) > strlen("/x/"));
}

static void unset_variable_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = ${XDG_RUNTIME_DIR}/bus\n",
                       "web.ini:2: ${XDG_RUNTIME_DIR} is not set");
        setenv("HOME", "", 1);
        assert_refused("[read]\ndeny = ~/a\n", "web.ini:2: ${HOME} is not set");
}

static void unset_variable_is_reported_once(void **state)
{
        (void)state;
        unsetenv("HOME");
        assert_refused("[read]\ndeny = ~/a\ndeny = ~/b\ndeny = ${HOME}\n",
                       "web.ini:2: ${HOME} is not set");
}

static void unknown_variable_names_the_nearest(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = ${HOEM}/a\n",
                       "web.ini:2: unknown variable 'HOEM'; did you mean 'HOME'?");
}

static void unclosed_variable_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = ${HOME/a}\n", "web.ini:2: unclosed '${' in '${HOME/a}'");
        assert_refused("[read]\ndeny = /a/${HOME\n", "web.ini:2: unclosed '${' in '${HOME'");
}

static void home_of_others_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = ~bob/a\n", "web.ini:2: expected ~ or ~/..., not '~bob/a'");
}

static void dollar_without_brace_is_a_dollar(void **state)
{
        (void)state;
        load("[read]\ndeny = /a/$HOME/$\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/a/$HOME/$");
}

static void dollar_in_front_is_refused_with_a_hint(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = $HOME/a\n",
                       "web.ini:2: '$HOME/a': expected an absolute path, ~ or ${...}; did you mean "
                       "'${HOME}/a'?");
}

static void relative_path_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = etc/shadow\n",
                       "web.ini:2: 'etc/shadow': expected an absolute path, ~ or ${...}");
        assert_refused("[read]\ndeny = ${USER}/a\n",
                       "web.ini:2: '${USER}/a': expected an absolute path, ~ or ${...}; it becomes "
                       "'user/a'");
        assert_refused("[read]\ndeny = \"/etc\"\n",
                       "web.ini:2: '\"/etc\"': expected an absolute path, ~ or ${...}; no quotes "
                       "are needed");
}

static void wildcards_in_a_variable_are_literal(void **state)
{
        (void)state;
        setenv("HOME", "/home/[u]*\\?", 1);
        load("[read]\ndeny = ~/a\ndeny = ~/*.key\n");
        assert_loads();
        assert_int_equal(policy.rules[0].spelling[0].kind, PATTERN_LITERAL);
        assert_string_equal(spelling(0, 0), "/home/[u]*\\?/a");
        assert_int_equal(judge(CLASS_READ, "/home/[u]*\\?/a/b"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/home/[u]*\\?/x.key"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/home/uu\\x/x.key"), ACTION_ALLOW);
}

static void patterns_are_made_canonical(void **state)
{
        (void)state;
        load("[read]\ndeny = //a/./b//../c/\ndeny = /a/*/../d/\ndeny = /../..\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/a/c");
        assert_string_equal(spelling(1, 0), "/a/d");
        assert_string_equal(spelling(2, 0), "");
}

static void stray_backslash_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = /a\\b\n", "web.ini:2: stray '\\' in '/a\\b'; it stands "
                                                 "before * ? [ ] or another \\");
        assert_refused("[read]\ndeny = /a/\\../b\n", "web.ini:2: stray '\\' in '/a/\\../b'; it "
                                                     "stands before * ? [ ] or another \\");
        assert_refused("[read]\ndeny = /a\\\n", "web.ini:2: stray '\\' in '/a\\'; it stands before "
                                                "* ? [ ] or another \\");
}

static void escaped_wildcard_is_literal(void **state)
{
        (void)state;
        load("[read]\ndeny = /a\\*\\\\\n");
        assert_loads();
        assert_string_equal(spelling(0, 0), "/a*\\");
        assert_int_equal(policy.rules[0].spelling[0].kind, PATTERN_LITERAL);
}

static void unclosed_set_is_refused(void **state)
{
        (void)state;
        assert_refused("[read]\ndeny = /a/[b\n", "web.ini:2: unclosed '[' in '/a/[b'; write '\\[' "
                                                 "for the character itself");
}

static void links_are_followed_and_both_spellings_match(void **state)
{
        cleanup_free char *text =
                xasprintf("[read]\ndeny = %s/link/x\ndeny = %s/link/*.key\n", dir, dir);

        (void)state;
        mkdir("real", 0755);
        assert_int_equal(symlink("real", "link"), 0);
        load(text);
        assert_loads();
        assert_int_equal(policy.rules[0].nspellings, 2);
        assert_int_equal(judge_here(CLASS_READ, "link/x"), ACTION_DENY);
        assert_int_equal(judge_here(CLASS_READ, "real/x"), ACTION_DENY);
        assert_int_equal(judge_here(CLASS_READ, "real/a.key"), ACTION_DENY);
        assert_int_equal(judge_here(CLASS_READ, "link/a.key"), ACTION_DENY);
        assert_int_equal(judge_here(CLASS_READ, "real/y"), ACTION_ALLOW);
}

static void absolute_links_are_followed_from_the_root(void **state)
{
        cleanup_free char *text = xasprintf("[read]\ndeny = %s/a/x\ndeny = %s/a/y\n", dir, dir);

        (void)state;
        assert_int_equal(symlink("/usr/../nowhere", "a"), 0);
        load(text);
        assert_loads();
        assert_string_equal(spelling(0, 1), "/nowhere/x");
        assert_string_equal(spelling(1, 1), "/nowhere/y");
}

/* Where a directory leads is remembered: by its whole name, behind links too, and if it is missing.
 */
static void rules_that_share_directories_lead_where_each_would_alone(void **state)
{
        cleanup_free char *text = xasprintf("[read]\ndeny = %1$s/one/two/x\ndeny = %1$s/one/two/y\n"
                                            "deny = %1$s/one/tw/z\ndeny = %1$s/one/two/none/u\n"
                                            "deny = %1$s/one/two/none/v\ndeny = %1$s/one/two\n",
                                            dir);

        (void)state;
        mkdir("real", 0755);
        mkdir("further", 0755);
        assert_int_equal(symlink("real", "one"), 0);
        assert_int_equal(symlink("../further", "real/two"), 0);
        load(text);
        for (size_t r = 0; r < policy.nrules; r++) {
                static const char *const behind[] = {"further/x",      "further/y",
                                                     "real/tw/z",      "further/none/u",
                                                     "further/none/v", "further"};
                cleanup_free char *expected = xasprintf("%s/%s", dir, behind[r]);

                assert_string_equal(spelling(r, 1), expected);
        }
}

static void more_directories_than_there_is_room_for_at_first_are_kept_apart(void **state)
{
        enum { DIRECTORIES = 500 };
        char *text = xstrdup("[read]\n"), name[32];

        (void)state;
        for (int i = 0; i < DIRECTORIES; i++) {
                char *more =
                        xasprintf("%1$sdeny = %2$s/l%3$d/x\ndeny = %2$s/l%3$d/y\n", text, dir, i);

                free(text);
                text = more;
                snprintf(name, sizeof(name), "l%d", i);
                assert_int_equal(symlink(name + 1, name), 0);
                mkdir(name + 1, 0755);
        }
        load(text);
        free(text);
        assert_int_equal(policy.nrules, 2 * DIRECTORIES);
        for (size_t r = 0; r < policy.nrules; r++) {
                cleanup_free char *expected = xasprintf("%s/%zu/%c", dir, r / 2, r % 2 ? 'y' : 'x');

                assert_string_equal(spelling(r, 1), expected);
        }
}

static void dangling_and_circular_links_do_no_harm(void **state)
{
        cleanup_free char *text =
                xasprintf("[read]\ndeny = %s/dangling/x\ndeny = %s/a/x\n", dir, dir);

        (void)state;
        assert_int_equal(symlink("../nowhere/./new", "dangling"), 0);
        assert_int_equal(symlink("b", "a"), 0);
        assert_int_equal(symlink("a", "b"), 0);
        load(text);
        assert_loads();
        assert_string_equal(spelling(0, 1), "/tmp/nowhere/new/x");
        assert_int_equal(policy.rules[1].nspellings, 1);
}

static void resolved_wildcards_are_literal(void **state)
{
        cleanup_free char *text = xasprintf("[read]\ndeny = %s/link/?\n", dir);

        (void)state;
        mkdir("re*l", 0755);
        assert_int_equal(symlink("re*l", "link"), 0);
        load(text);
        assert_loads();
        assert_int_equal(judge_here(CLASS_READ, "re*l/x"), ACTION_DENY);
        assert_int_equal(judge_here(CLASS_READ, "reel/x"), ACTION_ALLOW);
}

static void process_directories_are_not_taken_for_ours(void **state)
{
        (void)state;
        load("[read]\ndeny = /proc/self/maps\ndeny = /proc/net/tcp\ndeny = /proc/self/*\n");
        assert_loads();
        assert_int_equal(policy.rules[0].nspellings, 1);
        assert_string_equal(spelling(1, 1), "/proc/self/net/tcp");
        assert_int_equal(policy.rules[2].nspellings, 1);
}

static void own_descriptors_are_left_as_written(void **state)
{
        (void)state;
        load("[write]\nlog = /dev/stdout\nlog = /dev/fd/3\n");
        assert_loads();
        assert_int_equal(policy.rules[0].nspellings, 1);
        assert_int_equal(policy.rules[1].nspellings, 1);
}

static void connect_takes_all_kinds_of_addresses(void **state)
{
        (void)state;
        load("[connect]\ndefault = deny\nallow = /run/x\nallow = @bus-${UID}\nallow = inet:443\n"
             "allow = inet:[::1]:80\nallow = ~/sock\n");
        assert_loads();
        assert_int_equal(policy.rules[0].spelling[0].kind, PATTERN_LITERAL);
        assert_int_equal(policy.rules[1].spelling[0].kind, PATTERN_ABSTRACT);
        assert_int_equal(policy.rules[2].spelling[0].port, 443);
        assert_int_equal(policy.rules[3].spelling[0].bits, 128);
        assert_string_equal(spelling(4, 0), "/home/user/sock");
}

static void connect_refuses_names_of_hosts(void **state)
{
        (void)state;
        assert_refused("[connect]\nallow = inet:example.org:80\n",
                       "web.ini:2: 'inet:example.org:80': needs a numeric address, not a name");
        assert_refused("[connect]\nallow = inet:10.0.0.1/8\n",
                       "web.ini:2: 'inet:10.0.0.1/8': the address has bits set beyond its /BITS");
        assert_refused("[connect]\nallow = inet:70000\n",
                       "web.ini:2: 'inet:70000': expected a port from 1 to 65535");
}

static void other_classes_refuse_addresses(void **state)
{
        (void)state;
        assert_refused("[read]\nallow = inet\n",
                       "web.ini:2: 'inet': expected an absolute path, ~ or ${...}");
}

/* ---- command line ---- */

static void adhoc_rule_may_be_relative(void **state)
{
        struct verdict verdict;
        cleanup_free char *path = xasprintf("%s/secret/x", dir);

        (void)state;
        mkdir("secret", 0755);
        add_text("[read]\ndefault = log\n");
        assert_int_equal(loader_add_rule(loader, "-d secret", CLASS_READ, ACTION_DENY, "secret"),
                         0);
        loader_finish(loader);
        assert_clean();
        verdict = verdict_of(CLASS_READ, OBJECT_PATH, path);
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_string_equal(verdict.origin.file, "-d secret");
        assert_int_equal(verdict.origin.line, 0);
}

static void adhoc_name_that_exists_is_taken_as_it_stands(void **state)
{
        cleanup_free char *inside = xasprintf("%s/s[ab]/x", dir);
        cleanup_free char *other = xasprintf("%s/sa", dir);

        (void)state;
        mkdir("s[ab]", 0755);
        add_text("[read]\ndefault = log\n");
        assert_int_equal(loader_add_rule(loader, "-d s[ab]", CLASS_READ, ACTION_DENY, "s[ab]"), 0);
        loader_finish(loader);
        assert_int_equal(verdict_of(CLASS_READ, OBJECT_PATH, inside).action, ACTION_DENY);
        assert_int_equal(verdict_of(CLASS_READ, OBJECT_PATH, other).action, ACTION_LOG);
}

static void adhoc_rule_makes_its_section(void **state)
{
        (void)state;
        assert_int_equal(loader_add_rule(loader, "-n", CLASS_CONNECT, ACTION_DENY, "inet"), 0);
        loader_finish(loader);
        assert_clean();
        assert_true(policy.classes[CLASS_CONNECT].own);
        assert_true(policy_refuses(&policy, CLASS_CONNECT));
}

static void adhoc_rule_expands_and_takes_wildcards(void **state)
{
        (void)state;
        assert_int_equal(loader_add_rule(loader, "-d x", CLASS_READ, ACTION_DENY, "~/*.key"), 0);
        assert_int_equal(loader_add_rule(loader, "-d y", CLASS_READ, ACTION_DENY, "*.pem"), 0);
        loader_finish(loader);
        assert_loads();
        assert_int_equal(judge(CLASS_READ, "/home/user/a.key"), ACTION_DENY);
        assert_int_equal(judge_here(CLASS_READ, "a.pem"), ACTION_DENY);
}

static void adhoc_error_names_the_option(void **state)
{
        (void)state;
        assert_int_equal(loader_add_rule(loader, "-d ~x", CLASS_READ, ACTION_DENY, "~x"), -EINVAL);
        assert_says("-d ~x: expected ~ or ~/..., not '~x'", false);
}

static void adhoc_default_yields_to_any_policy(void **state)
{
        (void)state;
        loader_add_default(loader, "-w /tmp", CLASS_WRITE, ACTION_DENY);
        assert_int_equal(policy.classes[CLASS_WRITE].fallback, ACTION_DENY);
        assert_string_equal(policy.classes[CLASS_WRITE].fallback_origin.file, "-w /tmp");
        load("[write]\ndefault = log\n");
        loader_add_default(loader, "-w /tmp", CLASS_WRITE, ACTION_DENY);
        assert_loads();
        assert_int_equal(policy.classes[CLASS_WRITE].fallback, ACTION_LOG);
}

/* ---- warnings ---- */

static void stricter_twin_is_a_warning(void **state)
{
        (void)state;
        assert_warns("[read]\nallow = /usr\ndeny = /usr/\n",
                     "web.ini:2: 'allow = /usr' has no effect: 'deny = /usr/' in web.ini:3 is "
                     "stricter");
}

static void twin_by_a_link_is_a_warning(void **state)
{
        cleanup_free char *text = xasprintf("[read]\nallow = %s/link\ndeny = %s/real\n", dir, dir);
        cleanup_free char *message =
                xasprintf("web.ini:2: 'allow = %s/link' has no effect: 'deny = %s/real' in "
                          "web.ini:3 is stricter",
                          dir, dir);

        (void)state;
        mkdir("real", 0755);
        assert_int_equal(symlink("real", "link"), 0);
        assert_warns(text, message);
}

static void duplicate_is_a_warning(void **state)
{
        (void)state;
        assert_warns("[read]\ndeny = /usr\ndeny = /usr\n",
                     "web.ini:3: 'deny = /usr' says the same as web.ini:2");
}

static void rule_that_changes_nothing_is_a_warning(void **state)
{
        (void)state;
        assert_warns("[read]\ndefault = deny\ndeny = /usr\n",
                     "web.ini:3: 'deny = /usr' changes nothing: [read] does the same without it");
        assert_warns("[read]\ndeny = /usr\ndeny = /usr/bin\n",
                     "web.ini:3: 'deny = /usr/bin' changes nothing: [read] does the same without "
                     "it");
}

static void rule_that_may_matter_is_no_warning(void **state)
{
        (void)state;
        load("[read]\ndefault = deny\nallow = /usr\ndeny = /usr/bin\n"
             "[write]\ndefault = allow\nallow = /usr\ndeny = /usr/bin\n"
             "[exec]\ndeny = /usr/bin\ndeny = /usr/lib\nallow = /usr/b*\n");
        assert_clean();
}

static void only_allowing_is_a_warning(void **state)
{
        (void)state;
        assert_warns("[write]\nallow = /tmp\n",
                     "web.ini:1: [write] only allows, and what no rule names is allowed as well; "
                     "add 'default = deny'");
}

static void empty_follower_is_a_warning(void **state)
{
        (void)state;
        assert_warns("[write]\ndefault = deny\n[create]\n",
                     "web.ini:3: [create] is empty: all of it is allowed, for it no longer follows "
                     "[write]");
}

static void class_out_of_reach_is_a_warning(void **state)
{
        (void)state;
        assert_warns("[write]\ndefault = deny\n[exec]\nlog = /bin\n[trace]\ncalls = openat\n",
                     "web.ini:3: [exec] has no effect: no call that [trace] lists asks for it");
}

static void wildcard_that_leaves_a_directory_open_is_a_warning(void **state)
{
        cleanup_free char *text = xasprintf("[read]\ndeny = %s/*/keys\n", dir);
        cleanup_free char *message =
                xasprintf("web.ini:2: 'deny = %s/*/keys' refuses the directory '%s/a/keys' itself, "
                          "not what is below it; add 'deny = %s/*/keys/**'",
                          dir, dir, dir);
        cleanup_free char *both = xasprintf("%sdeny = %s/*/keys/**\n", text, dir);

        (void)state;
        mkdir("a", 0755);
        mkdir("a/keys", 0755);
        assert_warns(text, message);
        load(both);
        assert_clean();
}

static void missing_path_is_a_warning(void **state)
{
        (void)state;
        assert_warns("[read]\ndeny = /usr/nowhere\n", "web.ini:2: '/usr/nowhere' does not exist");
}

static void many_missing_paths_are_a_few_warnings(void **state)
{
        const char *text = "[read]\ndeny = /usr/nowhere\ndeny = /usr/n2\ndeny = /usr/n3\n"
                           "deny = /usr/n4\ndeny = /usr/n5\n";

        (void)state;
        assert_warns(text, "web.ini:4: '/usr/n3' does not exist");
        assert_warns(text, "2 more rules name what does not exist; -v says which");
        load(text);
        for (size_t i = 0; i < messages.count; i++)
                assert_int_equal(messages.list[i].minor,
                                 !!strstr(messages.list[i].text, "/usr/n4") ||
                                         strstr(messages.list[i].text, "/usr/n5"));
        assert_int_equal(messages.count, 6);
}

static void missing_path_of_an_included_file_is_none(void **state)
{
        (void)state;
        write_file("list.ini", "[read]\ndeny = /usr/nowhere\n");
        load("[policy]\ninclude = list.ini\n");
        assert_clean();
}

static void path_to_be_created_may_be_missing(void **state)
{
        (void)state;
        load("[create]\ndefault = deny\nallow = /usr/nowhere\n");
        assert_clean();
}

static void descriptor_names_are_a_warning(void **state)
{
        (void)state;
        assert_warns("[write]\ndefault = deny\nallow = /dev/stdout\n",
                     "web.ini:3: 'allow = /dev/stdout' never matches: a descriptor is judged by "
                     "what it leads to");
}

static void variable_that_becomes_root_is_a_warning(void **state)
{
        (void)state;
        assert_int_equal(chdir("/"), 0);
        finish();
        start();
        assert_warns("[write]\ndefault = deny\nallow = ${PWD}\n",
                     "web.ini:3: 'allow = ${PWD}' becomes '/' and covers everything");
}

static void warnings_wait_until_errors_are_gone(void **state)
{
        (void)state;
        load("[write]\nallow = /tmp\nx = y\n");
        assert_int_equal(messages.count, 1);
}

/* ---- shipped policies ---- */

/* The policies of the source tree, found from the test's own place or from where it is run. */
static const char *shipped_directory(void)
{
        static char found[PATH_MAX];
        const char *source = __FILE__;
        const char *end = strstr(source, "tests/unit/");

        snprintf(found, sizeof(found), "%.*spolicies", (int)(end - source), source);
        return found;
}

static char policies[PATH_MAX];

static void load_shipped(const char *name)
{
        const char *search[] = {policies, NULL};

        loader_set_search(loader, search);
        (void)loader_add_file(loader, name);
        loader_finish(loader);
        assert_clean();
        assert_non_null(policy.description);
}

static void assert_same_class(const struct class_policy *a, const struct class_policy *b)
{
        assert_int_equal(a->spoken, b->spoken);
        assert_int_equal(a->own, b->own);
        assert_int_equal(a->has_fallback, b->has_fallback);
        assert_int_equal(a->fallback, b->fallback);
        assert_int_equal(a->err, b->err);
}

static void builtin_policy_is_default_ini(void **state)
{
        struct policy builtin;
        struct messages none = {0};
        struct loader *other;

        (void)state;
        policy_init(&builtin);
        other = loader_new(&builtin, &none);
        loader_add_builtin(other);
        loader_finish(other);
        load_shipped("default");
        assert_int_equal(none.count, 0);
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                assert_same_class(&builtin.classes[class], &policy.classes[class]);
        assert_int_equal(builtin.nrules, policy.nrules);
        assert_int_equal(builtin.ncalls, policy.ncalls);
        for (size_t i = 0; i < builtin.ncalls; i++)
                assert_ptr_equal(builtin.calls[i], policy.calls[i]);
        assert_string_equal(builtin.description, policy.description);
        assert_string_equal(builtin.classes[CLASS_READ].fallback_origin.file, "built-in");
        assert_int_equal(builtin.classes[CLASS_READ].fallback_origin.line, 0);
        loader_free(other);
        policy_fini(&builtin);
}

static void default_logs_and_denies_nothing(void **state)
{
        (void)state;
        load_shipped("default");
        assert_int_equal(judge(CLASS_READ, "/etc/passwd"), ACTION_LOG);
        assert_int_equal(judge(CLASS_CREATE, "/etc/x"), ACTION_LOG);
        assert_int_equal(judge(CLASS_OUTPUT, "/etc/x"), ACTION_LOG);
        assert_false(policy_denies(&policy));
        assert_false(policy_closes(&policy, CALL_BLINDING, NULL));
}

static void untrusted_writes_only_here_and_in_tmp(void **state)
{
        (void)state;
        load_shipped("untrusted");
        assert_int_equal(judge_here(CLASS_WRITE, "a"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_CREATE, "/tmp/a"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/dev/null"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/etc/passwd"), ACTION_DENY);
        assert_int_equal(judge(CLASS_DELETE, "/home/user/a"), ACTION_DENY);
        assert_int_equal(judge(CLASS_ATTR, "/usr/bin/env"), ACTION_DENY);
}

static void untrusted_does_not_plant_hooks(void **state)
{
        (void)state;
        load_shipped("untrusted");
        assert_int_equal(judge_here(CLASS_CREATE, ".git/hooks/pre-commit"), ACTION_DENY);
        assert_int_equal(judge_here(CLASS_WRITE, ".git/config"), ACTION_DENY);
        assert_int_equal(judge_here(CLASS_WRITE, ".git/index"), ACTION_ALLOW);
}

static void untrusted_reads_the_system_but_no_secrets(void **state)
{
        (void)state;
        load_shipped("untrusted");
        assert_int_equal(judge(CLASS_READ, "/etc/passwd"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_READ, "/home/user/.ssh/id_rsa"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/etc/shadow"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/proc/1/environ"), ACTION_DENY);
        assert_int_equal(verdict_of(CLASS_CONNECT, OBJECT_ABSTRACT, "@bus").action, ACTION_DENY);
        assert_int_equal(judge(CLASS_CONNECT, "/run/dbus/socket"), ACTION_DENY);
        assert_int_equal(judge(CLASS_EXEC, "/bin/sh"), ACTION_ALLOW);
}

static void readonly_writes_nothing_but_devices(void **state)
{
        (void)state;
        load_shipped("readonly");
        assert_int_equal(judge_here(CLASS_WRITE, "a"), ACTION_DENY);
        assert_int_equal(judge(CLASS_CREATE, "/tmp/a"), ACTION_DENY);
        assert_int_equal(verdict_of(CLASS_DELETE, OBJECT_PATH, "/a").err, EROFS);
        assert_int_equal(judge(CLASS_WRITE, "/dev/null"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_READ, "/etc/shadow"), ACTION_ALLOW);
}

static void no_secrets_denies_secrets_alone(void **state)
{
        (void)state;
        load_shipped("no-secrets");
        assert_int_equal(judge(CLASS_READ, "/home/user/.aws/credentials"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/home/user/notes"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/home/user/.aws/credentials"), ACTION_ALLOW);
}

static void build_writes_here_and_in_caches(void **state)
{
        (void)state;
        load_shipped("build");
        assert_int_equal(judge_here(CLASS_WRITE, "a.o"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/home/user/.cache/x"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_CREATE, "/var/tmp/x"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_CREATE, "/usr/local/bin/x"), ACTION_DENY);
        assert_int_equal(judge(CLASS_WRITE, "/home/user/.bashrc"), ACTION_DENY);
}

static void installer_logs_changes_and_refuses_nothing(void **state)
{
        (void)state;
        load_shipped("installer");
        assert_int_equal(judge(CLASS_CREATE, "/usr/local/bin/x"), ACTION_LOG);
        assert_int_equal(judge(CLASS_EXEC, "/bin/sh"), ACTION_LOG);
        assert_int_equal(judge(CLASS_READ, "/etc/passwd"), ACTION_ALLOW);
        assert_false(policy_denies(&policy));
        assert_false(policy_concerns(&policy, CLASS_READ));
}

static void core_stops_at_three_calls(void **state)
{
        (void)state;
        load_shipped("core");
        assert_int_equal(policy.ncalls, 3);
        assert_false(policy_stops(&policy, calls_by_name("unlink")));
        assert_int_equal(judge(CLASS_WRITE, "/etc/passwd"), ACTION_DENY);
        assert_int_equal(judge(CLASS_CREATE, "/tmp/a"), ACTION_ALLOW);
}

static void parts_load_when_included(void **state)
{
        static const char *const parts[] = {"base", "secrets", "startup", "caches"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
                cleanup_free char *text =
                        xasprintf("[policy]\ninclude = %s/%s.ini\n[write]\ndefault = deny\n",
                                  policies, parts[i]);

                load(text);
                assert_loads();
                finish();
                start();
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(example_of_the_design_loads),
                TEST(unknown_key_names_the_nearest),
                TEST(unknown_key_names_all_when_none_is_near),
                TEST(key_of_another_section_is_sent_there),
                TEST(unknown_section_names_the_nearest),
                TEST(overlong_section_name_is_unknown),
                TEST(unclosed_section_is_refused),
                TEST(text_after_section_is_refused),
                TEST(comment_after_section_is_fine),
                TEST(key_before_any_section_is_refused),
                TEST(indented_line_is_refused),
                TEST(indented_section_takes_no_keys_for_the_last),
                TEST(indented_comments_and_blank_lines_are_fine),
                TEST(overlong_line_is_refused),
                TEST(longest_line_is_read_whole),
                TEST(overlong_comment_is_fine),
                TEST(line_without_equals_is_refused),
                TEST(colon_for_equals_is_refused),
                TEST(colon_in_a_value_is_fine),
                TEST(empty_key_is_refused),
                TEST(empty_value_is_refused),
                TEST(hash_in_a_value_is_refused),
                TEST(hash_within_a_word_is_fine),
                TEST(comment_and_trailing_blanks_are_no_value),
                TEST(nul_byte_is_refused),
                TEST(control_byte_is_refused),
                TEST(invalid_utf8_is_refused),
                TEST(utf8_is_fine),
                TEST(byte_order_mark_and_crlf_are_fine),
                TEST(last_line_needs_no_newline),
                TEST(all_errors_are_reported_at_once),
                TEST(messages_are_capped_and_counted),
                TEST(quoted_text_is_harmless_and_short),
                TEST(binary_file_is_refused_briefly),
                TEST(huge_file_is_refused),
                TEST(empty_file_says_nothing),
                TEST(policy_without_a_class_says_nothing),
                TEST(class_section_without_keys_says_enough),
                TEST(missing_file_names_the_nearest),
                TEST(link_that_leads_nowhere_is_called_so),
                TEST(socket_without_a_name_is_refused),
                TEST(directory_is_refused),
                TEST(device_is_refused),
                TEST(pipe_is_read),
                TEST(included_pipe_is_not_waited_for),
                TEST(files_are_noted_by_their_real_names),
                TEST(message_shows_the_base_name),
                TEST(name_is_looked_up_in_order),
                TEST(unknown_name_says_where_it_looked),
                TEST(places_of_another_run_stand_for_pwd_and_home),
                TEST(include_is_relative_to_the_including_file),
                TEST(included_name_is_looked_up_where_it_does_not_stand_beside),
                TEST(missing_include_is_an_error_in_its_line),
                TEST(error_in_an_included_file_names_that_file),
                TEST(including_file_beats_what_it_includes),
                TEST(included_setting_holds_where_nothing_else_is_said),
                TEST(included_files_must_not_contradict_each_other),
                TEST(rules_of_all_files_add_up),
                TEST(include_nests_four_deep_and_no_deeper),
                TEST(file_that_includes_itself_is_refused),
                TEST(circle_of_includes_is_refused),
                TEST(file_included_twice_is_read_once),
                TEST(longest_way_of_inclusion_counts),
                TEST(later_policy_beats_earlier),
                TEST(file_shared_by_two_policies_counts_for_the_later),
                TEST(setting_said_twice_names_the_first_line),
                TEST(same_key_in_two_sections_is_fine),
                TEST(section_may_be_opened_again),
                TEST(bad_words_are_refused_with_what_was_expected),
                TEST(stragglers_are_followed),
                TEST(stragglers_are_killed_if_that_is_said),
                TEST(stragglers_are_followed_if_that_is_said),
                TEST(calls_are_pinned_where_something_is_refused),
                TEST(nothing_is_pinned_where_nothing_is_refused),
                TEST(pin_always_pins_where_nothing_is_refused),
                TEST(pin_never_pins_nothing),
                TEST(unknown_pin_is_refused),
                TEST(numbers_are_read_strictly),
                TEST(sizes_have_units),
                TEST(at_least_one_older_file_is_kept),
                TEST(limit_zero_means_none),
                TEST(log_file_is_relative_to_the_working_directory),
                TEST(log_file_may_hold_variables),
                TEST(unsaid_settings_have_defaults),
                TEST(mode_permissive_refuses_nothing),
                TEST(output_may_discard),
                TEST(every_action_is_taken),
                TEST(rule_knows_its_line),
                TEST(calls_are_named_by_blanks_and_commas_and_add_up),
                TEST(unknown_call_names_the_nearest),
                TEST(call_that_raises_no_stops_is_refused),
                TEST(list_without_words_is_refused),
                TEST(home_expands),
                TEST(variables_expand),
                TEST(tmpdir_defaults_to_tmp),
                TEST(user_is_known_without_the_environment),
                TEST(unset_variable_is_refused),
                TEST(unset_variable_is_reported_once),
                TEST(unknown_variable_names_the_nearest),
                TEST(unclosed_variable_is_refused),
                TEST(home_of_others_is_refused),
                TEST(dollar_without_brace_is_a_dollar),
                TEST(dollar_in_front_is_refused_with_a_hint),
                TEST(relative_path_is_refused),
                TEST(wildcards_in_a_variable_are_literal),
                TEST(patterns_are_made_canonical),
                TEST(stray_backslash_is_refused),
                TEST(escaped_wildcard_is_literal),
                TEST(unclosed_set_is_refused),
                TEST(links_are_followed_and_both_spellings_match),
                TEST(absolute_links_are_followed_from_the_root),
                TEST(rules_that_share_directories_lead_where_each_would_alone),
                TEST(more_directories_than_there_is_room_for_at_first_are_kept_apart),
                TEST(dangling_and_circular_links_do_no_harm),
                TEST(resolved_wildcards_are_literal),
                TEST(process_directories_are_not_taken_for_ours),
                TEST(own_descriptors_are_left_as_written),
                TEST(connect_takes_all_kinds_of_addresses),
                TEST(connect_refuses_names_of_hosts),
                TEST(other_classes_refuse_addresses),
                TEST(adhoc_rule_may_be_relative),
                TEST(adhoc_name_that_exists_is_taken_as_it_stands),
                TEST(adhoc_rule_makes_its_section),
                TEST(adhoc_rule_expands_and_takes_wildcards),
                TEST(adhoc_error_names_the_option),
                TEST(adhoc_default_yields_to_any_policy),
                TEST(stricter_twin_is_a_warning),
                TEST(twin_by_a_link_is_a_warning),
                TEST(duplicate_is_a_warning),
                TEST(rule_that_changes_nothing_is_a_warning),
                TEST(rule_that_may_matter_is_no_warning),
                TEST(only_allowing_is_a_warning),
                TEST(empty_follower_is_a_warning),
                TEST(class_out_of_reach_is_a_warning),
                TEST(wildcard_that_leaves_a_directory_open_is_a_warning),
                TEST(missing_path_is_a_warning),
                TEST(many_missing_paths_are_a_few_warnings),
                TEST(missing_path_of_an_included_file_is_none),
                TEST(path_to_be_created_may_be_missing),
                TEST(descriptor_names_are_a_warning),
                TEST(variable_that_becomes_root_is_a_warning),
                TEST(warnings_wait_until_errors_are_gone),
                TEST(builtin_policy_is_default_ini),
                TEST(default_logs_and_denies_nothing),
                TEST(untrusted_writes_only_here_and_in_tmp),
                TEST(untrusted_does_not_plant_hooks),
                TEST(untrusted_reads_the_system_but_no_secrets),
                TEST(readonly_writes_nothing_but_devices),
                TEST(no_secrets_denies_secrets_alone),
                TEST(build_writes_here_and_in_caches),
                TEST(installer_logs_changes_and_refuses_nothing),
                TEST(core_stops_at_three_calls),
                TEST(parts_load_when_included),
        };

        if (!realpath(shipped_directory(), policies))
                return 1;
        return cmocka_run_group_tests_name("policy_load", tests, NULL, NULL);
}
