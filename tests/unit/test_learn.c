/* test_learn.c: what is learned from runs made by hand, and above all what is not. The run stood in
 * /home/joe/app, and /home/joe was at home; nothing of it is here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "calls.h"
#include "learn.h"
#include "policy_load.h"
#include "util.h"

#define CWD  "/home/joe/app"
#define HOME "/home/joe"

#define FOUR     "????"
#define ANY_UUID FOUR FOUR "-" FOUR "-" FOUR "-" FOUR "-" FOUR FOUR FOUR

static char policies[PATH_MAX];
static const char *search[] = {policies, NULL};
static struct policy guarded;
static struct audit *audit;
static char *text;
static struct learned learned;

static struct words word(const char *s)
{
        return (struct words){s, s ? strlen(s) : 0};
}

static int load_guarded(void **state)
{
        struct messages messages = {0};
        struct loader *loader;

        (void)state;
        if (!realpath("policies", policies))
                return -1;
        policy_init(&guarded);
        loader = loader_new(&guarded, &messages);
        loader_set_search(loader, search);
        loader_set_places(loader, CWD, HOME);
        loader_add_file(loader, "secrets");
        loader_add_file(loader, "startup");
        loader_finish(loader);
        loader_free(loader);
        messages_fini(&messages);
        return 0;
}

static int free_guarded(void **state)
{
        (void)state;
        policy_fini(&guarded);
        return 0;
}

static void start(const char *argv, size_t len)
{
        struct fact fact = {
                .kind = FACT_START, .cwd = word(CWD), .home = word(HOME), .argv = {argv, len}};

        audit_free(audit);
        audit = audit_new(&(struct audit_options){.live = false});
        audit_add(audit, &fact);
}

static int begin(void **state)
{
        static const char argv[] = "make\0-j2";

        (void)state;
        start(argv, sizeof(argv));
        return 0;
}

static int end(void **state)
{
        (void)state;
        audit_free(audit);
        audit = NULL;
        free(text);
        text = NULL;
        return 0;
}

/* ---- what the run did ---- */

enum { PID = 4711 };

static struct fact call_fact(const char *call, const char *path, const char *to)
{
        return (struct fact){.kind = FACT_CALL,
                             .tgid = PID,
                             .tid = PID,
                             .call = calls_by_name(call),
                             .class = CLASS_READ,
                             .path = word(path),
                             .to = word(to),
                             .has_result = true};
}

static void did(const char *call, const char *path, const char *to)
{
        struct fact fact = call_fact(call, path, to);

        audit_add(audit, &fact);
}

static void opened(const char *path, uint64_t flags, int error)
{
        struct fact fact = call_fact("openat", path, NULL);

        fact.has_flags = true;
        fact.flags = flags;
        fact.result = error ? -error : 3;
        audit_add(audit, &fact);
}

static void had_read(const char *path)
{
        opened(path, O_RDONLY, 0);
}

static void had_written(const char *path)
{
        opened(path, O_WRONLY | O_CREAT | O_TRUNC, 0);
}

static void had_run(const char *path)
{
        struct fact fact = {.kind = FACT_EXEC, .tgid = PID, .tid = PID, .path = word(path)};

        did("execve", path, NULL);
        audit_add(audit, &fact);
}

static void was_refused(const char *path, const char *rule)
{
        struct fact fact = call_fact("openat", path, NULL);

        fact.has_flags = true;
        fact.action = fact.would = ACTION_DENY;
        fact.result = -EACCES;
        fact.rule = word(rule);
        audit_add(audit, &fact);
}

/* With each of the letters a to g in the place of '@'. */
static void many(void (*do_it)(const char *path), const char *template)
{
        for (char c = 'a'; c < 'h'; c++) {
                cleanup_free char *path = xstrdup(template);

                *strchr(path, '@') = c;
                do_it(path);
        }
}

/* ---- what was learned ---- */

static void learn(void)
{
        struct learn_options options = {.guarded = &guarded, .search = search};
        size_t len;
        FILE *out = open_memstream(&text, &len);

        assert_non_null(out);
        audit_settle(audit);
        learned = learn_write(out, audit, &options);
        fclose(out);
        if (learned.unlearned)
                print_message("%s", text);
        assert_int_equal(learned.unlearned, 0);
}

/* The lines of a section, in place. */
static const char *section(const char *name, size_t *len)
{
        cleanup_free char *header = xasprintf("\n[%s]\n", name);
        const char *found = strstr(text, header), *next;

        if (!found)
                return NULL;
        found += strlen(header);
        next = strstr(found, "\n[");
        *len = next ? (size_t)(next - found) : strlen(found);
        return found;
}

/* Does the section have this rule? A comment may follow. */
static bool has_rule(const char *name, const char *rule)
{
        size_t len;
        const char *lines = section(name, &len);
        cleanup_free char *copy = lines ? xasprintf("\n%.*s\n", (int)len, lines) : xstrdup("");
        cleanup_free char *commented = xasprintf("\nallow = %s ", rule);
        cleanup_free char *bare = xasprintf("\nallow = %s\n", rule);

        return strstr(copy, commented) || strstr(copy, bare);
}

static void assert_rule_at(const char *name, const char *rule, bool expected, int line)
{
        if (has_rule(name, rule) == expected)
                return;
        print_message("%s", text);
        _fail(__FILE__, line);
}

#define assert_rule(name, rule)    assert_rule_at(name, rule, true, __LINE__)
#define assert_no_rule(name, rule) assert_rule_at(name, rule, false, __LINE__)

static void assert_says(const char *what)
{
        if (strstr(text, what))
                return;
        print_message("%s", text);
        fail_msg("not said: %s", what);
}

/* ---- sections ---- */

static void copy_may_be_made_again_and_nothing_else(void **state)
{
        (void)state;
        had_run("/usr/bin/cp");
        had_read(CWD "/a");
        had_written(CWD "/b");
        learn();
        assert_rule("read", "${PWD}/a");
        assert_rule("read", "/usr");
        assert_rule("write", "${PWD}/b");
        assert_rule("exec", "/usr/bin/cp");
        assert_no_rule("write", "${PWD}");
        assert_says("[delete]\ndefault = deny                           ; nothing was deleted\n");
        assert_says("[attr]\n");
        assert_says("[connect]\n");
        assert_null(strstr(text, "[create]"));
        assert_null(strstr(text, "[output]"));
        assert_says("description = Learned from: make -j2\ninclude = base.ini\n");
}

static void class_that_is_like_writing_follows_it(void **state)
{
        (void)state;
        had_written(CWD "/b");
        did("unlink", CWD "/b", NULL);
        did("chmod", CWD "/b", NULL);
        learn();
        assert_null(strstr(text, "[create]"));
        assert_null(strstr(text, "[delete]"));
        assert_null(strstr(text, "[attr]"));
}

static void class_that_differs_from_writing_has_a_section_of_its_own(void **state)
{
        (void)state;
        had_written(CWD "/b");
        did("unlink", CWD "/c", NULL);
        learn();
        assert_rule("delete", "${PWD}/c");
        assert_no_rule("write", "${PWD}/c");
        assert_no_rule("delete", "${PWD}/b");
}

/* A class that is not open by itself, for it would follow [write], is opened. */
static void class_that_is_not_recorded_is_left_open(void **state)
{
        struct fact fact = {.kind = FACT_START,
                            .cwd = word(CWD),
                            .home = word(HOME),
                            .has_recorded = true,
                            .recorded = CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE)};

        (void)state;
        audit_free(audit);
        audit = audit_new(&(struct audit_options){.live = false});
        audit_add(audit, &fact);
        had_read(CWD "/in");
        had_written(CWD "/out");
        learn();
        assert_int_equal(learned.unrecorded, CLASS_BIT(CLASS_READ) | CLASS_BIT(CLASS_DELETE) |
                                                     CLASS_BIT(CLASS_ATTR) | CLASS_BIT(CLASS_EXEC) |
                                                     CLASS_BIT(CLASS_CONNECT));
        assert_rule("write", "${PWD}/out");
        assert_null(strstr(text, "\n[read]\n"));
        assert_says("# [read] is left open");
        assert_says("\n[delete]\ndefault = allow ");
        assert_says("\n[attr]\ndefault = allow ");
        assert_says("\n[connect]\ndefault = deny ");
        assert_says("# [exec] is left open");
}

static void what_base_allows_is_left_out(void **state)
{
        (void)state;
        had_written("/dev/null");
        had_written("/dev/tty");
        opened("/dev/null", O_RDWR, 0);
        learn();
        assert_no_rule("write", "/dev/null");
        assert_no_rule("write", "/dev/tty");
        assert_rule("read", "/dev/null");
}

static void what_was_only_looked_for_may_be_looked_for_again(void **state)
{
        (void)state;
        opened(CWD "/config.h", O_RDONLY, ENOENT);
        learn();
        assert_rule("read", "${PWD}/config.h");
        assert_says("; looked for, 1 call");
}

static void what_was_refused_is_told_and_not_allowed(void **state)
{
        (void)state;
        had_read(CWD "/a");
        was_refused("/etc/shadow", "untrusted.ini:3");
        was_refused("/etc/x\n[read]\nallow = /", "y");
        learn();
        assert_no_rule("read", "/etc/shadow");
        assert_says("\n# Refused in that run, and not allowed here:\n"
                    "#     read /etc/shadow  (untrusted.ini:3)\n"
                    "#     read /etc/x\\n[read]\\nallow = /  (y)\n");
        assert_no_rule("read", "/");
}

static void what_has_no_name_is_left_out(void **state)
{
        (void)state;
        had_read("pipe:[7]");
        had_read("memfd:x");
        learn();
        assert_null(strstr(text, "\nallow"));
}

static void deleted_file_is_allowed_by_the_name_that_it_had(void **state)
{
        struct fact fact = call_fact("fchmod", CWD "/#4242 (deleted)", NULL);

        (void)state;
        had_read(CWD "/x (deleted)");
        had_written(CWD "/really (deleted)");
        fact.class = CLASS_ATTR;
        audit_add(audit, &fact);
        learn();
        assert_rule("read", "${PWD}/x");
        assert_rule("write", "${PWD}/really (deleted)");
        assert_rule("attr", "${PWD}/#[0-9]*");
        assert_int_equal(learned.unlearned, 0);
}

static void number_of_a_process_beside_a_digest_becomes_a_wildcard_too(void **state)
{
        static const char made[] =
                CWD "/.tmp-4711-pack-0123456789abcdef0123456789abcdef01234567.idx";

        (void)state;
        had_written(made);
        did("rename", made, CWD "/pack-0123456789abcdef0123456789abcdef01234567.idx");
        learn();
        assert_rule("write", "${PWD}/.tmp-*-pack-*.idx");
}

/* ---- restraint ---- */

static void directory_of_many_becomes_a_rule(void **state)
{
        (void)state;
        many(had_read, CWD "/src/@.c");
        many(had_read, CWD "/src/sub/@.h");
        opened(CWD "/src", O_RDONLY | O_DIRECTORY, 0);
        learn();
        assert_rule("read", "${PWD}/src");
        assert_says("; 15 names, 15 calls");
}

static void directory_of_few_does_not(void **state)
{
        (void)state;
        had_read(CWD "/src/a.c");
        had_read(CWD "/src/b.c");
        had_read(CWD "/src/c.h");
        learn();
        assert_rule("read", "${PWD}/src/a.c");
        assert_no_rule("read", "${PWD}/src");
}

static void what_is_not_there_is_no_evidence(void **state)
{
        (void)state;
        for (char c = 'a'; c < 'k'; c++) {
                cleanup_free char *path = xasprintf(CWD "/lib/%c", c);

                opened(path, O_RDONLY, ENOENT);
        }
        learn();
        assert_no_rule("read", "${PWD}/lib");
        assert_rule("read", "${PWD}/lib/a");
}

static void working_directory_may_be_read_but_holds_files_that_are_run_later(void **state)
{
        (void)state;
        many(had_read, CWD "/@");
        many(had_written, CWD "/@");
        learn();
        assert_rule("read", "${PWD}");
        assert_no_rule("write", "${PWD}");
        assert_rule("write", "${PWD}/a");
}

static void no_directory_that_all_share_becomes_a_rule(void **state)
{
        static const char *const places[] = {"",     HOME,       "/home",    "/root", "/etc",
                                             "/var", "/var/lib", "/run",     "/dev",  "/proc",
                                             "/sys", "/tmp",     "/var/tmp", "/opt",  "/srv",
                                             "/mnt", "/media",   "/boot",    "/data"};

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {

                begin(state);
                for (char c = 'a'; c < 'h'; c++) {
                        cleanup_free char *path = xasprintf("%s/%c/x", places[i], c);

                        had_read(path);
                        had_written(path);
                        had_run(path);
                }
                free(text);
                learn();
                for (int s = 0; s < 3; s++) {
                        const char *name = (const char *[]){"read", "write", "exec"}[s];

                        assert_no_rule(name, *places[i] ? places[i] : "/");
                        assert_no_rule(name, "/");
                        assert_no_rule(name, "${HOME}");
                        assert_no_rule(name, "~");
                }
        }
}

static void directory_that_holds_secrets_does_not_become_a_rule(void **state)
{
        (void)state;
        many(had_read, HOME "/.config/@");
        many(had_read, HOME "/.ssh/@");
        many(had_read, "/etc/ssh/@");
        learn();
        assert_no_rule("read", "${HOME}/.config");
        assert_rule("read", "${HOME}/.config/a");
        assert_no_rule("read", "${HOME}/.ssh");
        assert_no_rule("read", "/etc/ssh");
        assert_rule("read", "${HOME}/.ssh/a");
        assert_says("; a secret: ~/.ssh, 1 call");
}

static void file_that_is_run_later_is_told(void **state)
{
        (void)state;
        had_written(HOME "/.bashrc");
        many(had_written, CWD "/.git/hooks/@");
        learn();
        assert_rule("write", "${HOME}/.bashrc");
        assert_says("; run or read later by others: ~/.bashrc, 1 call");
        assert_no_rule("write", "${PWD}/.git/hooks");
        assert_no_rule("write", "${PWD}/.git");
}

static void ending_of_many_becomes_a_rule_where_the_directory_may_not(void **state)
{
        (void)state;
        many(had_written, CWD "/@.o");
        had_written(CWD "/prog");
        learn();
        assert_rule("write", "${PWD}/*.o");
        assert_rule("write", "${PWD}/prog");
        assert_says("; 7 names, 7 calls");
}

static void ending_that_a_secret_has_does_not(void **state)
{
        (void)state;
        many(had_read, "/etc/ssh/@_key.pub");
        many(had_read, HOME "/@.gpg");
        learn();
        assert_no_rule("read", "${HOME}/*.gpg");
        assert_rule("read", "${HOME}/a.gpg");
}

static void directory_that_is_listed_is_not_read_through(void **state)
{
        (void)state;
        opened(HOME, O_RDONLY | O_DIRECTORY, 0);
        opened(CWD, O_RDONLY | O_DIRECTORY, 0);
        opened("/", O_RDONLY | O_DIRECTORY, 0);
        opened(HOME "/\xc3\xa9", O_RDONLY | O_DIRECTORY, 0);
        learn();
        assert_rule("read", "/home/jo[e]");
        assert_rule("read", "${HOME}/ap[p]");
        assert_rule("read", "/*");
        assert_rule("read", "${HOME}/??");
        assert_no_rule("read", "${HOME}");
        assert_no_rule("read", "${PWD}");
}

static void symbolic_link_is_a_name_and_not_what_it_leads_to(void **state)
{
        (void)state;
        did("symlink", CWD "/current", "../../../etc");
        learn();
        assert_rule("create", "${PWD}/curren[t]");
}

static void system_is_not_written_to_as_a_whole(void **state)
{
        (void)state;
        many(had_written, "/usr/local/bin/@");
        many(had_written, "/etc/cron.d/@.x");
        did("mkdir", "/usr/share/thing", NULL);
        many(had_written, "/usr/share/thing/@");
        learn();
        assert_no_rule("write", "/usr/local/bin");
        assert_no_rule("write", "/etc/cron.d");
        assert_no_rule("write", "/etc/cron.d/*.x");
        assert_rule("write", "/usr/local/bin/a");
        assert_rule("write", "/usr/share/thing");
}

static void programs_are_named_one_by_one(void **state)
{
        (void)state;
        many(had_run, "/usr/bin/@");
        had_run(CWD "/tool");
        learn();
        assert_rule("exec", "/usr/bin/a");
        assert_no_rule("exec", "/usr/bin");
        assert_rule("exec", "${PWD}/tool");
        assert_rule("read", "${PWD}/tool");
}

static void forty_programs_are_a_directory_of_the_system(void **state)
{
        (void)state;
        for (int i = 0; i < 40; i++) {
                cleanup_free char *path = xasprintf("/usr/bin/p%d", i);
                cleanup_free char *own = xasprintf(CWD "/bin/p%d", i);

                had_run(path);
                had_run(own);
        }
        learn();
        assert_rule("exec", "/usr/bin");
        assert_no_rule("exec", "${PWD}/bin");
}

/* ---- names ---- */

static void temporary_names_become_patterns(void **state)
{
        static const struct {
                const char *path, *rule;
        } names[] = {
                {"/tmp/ccAbC12x.s", "/tmp/cc*.s"},
                {"/tmp/ccabcdef.o", "/tmp/cc*.o"},
                {"/tmp/tmpab_d3f9h", "/tmp/tmp*"},
                {"/tmp/tmp.AbCdEfGhIj", "/tmp/tmp.*"},
                {"/tmp/tmp.abcdefghij", "/tmp/tmp.*"},
                {"/tmp/sortAbCdEf", "/tmp/sort*"},
                {"/tmp/foo.x1Y2z3", "/tmp/foo.*"},
                {"/tmp/foo.secret", "/tmp/foo.*"},
                {"/tmp/go-build123456789", "/tmp/go-build*"},
                {CWD "/foo-q1W2e3.json", "${PWD}/foo-*.json"},
                {CWD "/lock.4711", "${PWD}/lock.*"},
                {CWD "/.git/objects/pack/tmp_pack_abcdef", "${PWD}/.git/objects/pack/tmp_pack_*"},
                {CWD "/.git/objects/ab/tmp_obj_XyZ123", "${PWD}/.git/objects/**"},
                {CWD "/pack-0123456789abcdef0123456789abcdef01234567.idx", "${PWD}/pack-*.idx"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                begin(state);
                had_written(names[i].path);
                free(text);
                learn();
                assert_rule("write", names[i].rule);
        }
}

static void name_that_is_all_chance_keeps_its_length(void **state)
{
        static const char *const names[] = {"/tmp/vsl9q5f_", "/tmp/oz1a2b3c", "/tmp/a_1b2c3d",
                                            "/tmp/abcdefgh", "/tmp/12345678", "/tmp/x_123456"};

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                begin(state);
                had_written(names[i]);
                did("unlink", names[i], NULL);
                free(text);
                learn();
                assert_rule("write", "/tmp/[A-Za-z0-9_][A-Za-z0-9_][A-Za-z0-9_][A-Za-z0-9_]"
                                     "[A-Za-z0-9_][A-Za-z0-9_][A-Za-z0-9_][A-Za-z0-9_]");
        }
        had_written("/tmp/tmp_4711");
        did("unlink", "/tmp/tmp_4711", NULL);
        free(text);
        learn();
        assert_rule("write", "/tmp/tmp_*");
}

/* Whatever its letters are: one begins as gcc's names do. */
static void uuid_is_a_temporary_name_as_a_whole(void **state)
{
        static const struct {
                const char *path, *rule;
        } names[] = {
                {CWD "/0c47e636-54cb-43b0-ada7-5d3f0a1b2c3d", "${PWD}/" ANY_UUID},
                {"/tmp/ccb4836b-0926-4f2a-933f-123456789012", "/tmp/" ANY_UUID},
                {"/tmp/12345678-1234-4234-8234-abcdefabcdef", "/tmp/" ANY_UUID},
                {CWD "/x-12345678-1234-4234-8234-abcdefabcdef.json", "${PWD}/x-" ANY_UUID ".json"},
                {CWD "/0C47E636-54CB-43B0-ADA7-5D3F0A1B2C3D", "${PWD}/" ANY_UUID},
                {CWD "/12345678-1234-4234-8234-abcdefabcdefa",
                 "${PWD}/12345678-1234-4234-8234-abcdefabcdefa"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                begin(state);
                had_written(names[i].path);
                free(text);
                learn();
                assert_rule("write", names[i].rule);
        }
}

static void two_parts_by_chance_become_wildcards_both(void **state)
{
        static const struct {
                const char *path, *rule;
        } names[] = {
                {CWD "/i/s-honrssdw21-0bgh71i-working", "${PWD}/i/s-*-working"},
                {CWD "/i/s-abcdefghij-abcdef-8ywl0a1obzwac1zr3v6qijj27",
                 "${PWD}/i/s-*-8ywl0a1obzwac1zr3v6qijj27"},
                {CWD "/i/s-honrssdw21-0bgh71i.lock", "${PWD}/i/s-*.lock"},
                {CWD "/x-q1W2e3-r4T5y6.json", "${PWD}/x-*-*.json"},
                {CWD "/q1W2e3-r4T5y6.json", "${PWD}/q1W2e3-*.json"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                begin(state);
                had_written(names[i].path);
                free(text);
                learn();
                assert_rule("write", names[i].rule);
        }
}

static void names_that_people_give_stay(void **state)
{
        static const char *const names[] = {"config.status",
                                            "foo.backup",
                                            "lib.Makefile",
                                            "x.sha256",
                                            "org.TextEditor.desktop",
                                            "README.Debian",
                                            "part.17",
                                            "a.base64",
                                            "index.lock",
                                            "sortresult",
                                            "core-Config.txt",
                                            "s-abcdefghi-working",
                                            "s-settings-page.html"};

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                cleanup_free char *path = xasprintf(CWD "/%s", names[i]);
                cleanup_free char *rule = xasprintf("${PWD}/%s", names[i]);

                begin(state);
                had_written(path);
                free(text);
                learn();
                assert_rule("write", rule);
        }
}

static void name_that_was_there_before_is_not_temporary(void **state)
{
        (void)state;
        had_read("/tmp/ccAbC12x.s");
        learn();
        assert_rule("read", "/tmp/ccAbC12x.s");
}

static void what_is_below_a_temporary_directory_is_covered_too(void **state)
{
        (void)state;
        did("mkdir", "/tmp/tmpa1b2c3d4", NULL);
        had_written("/tmp/tmpa1b2c3d4/x/y");
        had_read("/tmp/tmpa1b2c3d4/z");
        learn();
        assert_rule("create", "/tmp/tmp*");
        assert_rule("write", "/tmp/tmp*/**");
        assert_rule("read", "/tmp/tmp*/**");
}

static void sibling_rescues_six_letters_that_are_a_word(void **state)
{
        (void)state;
        had_written(CWD "/out.aB3dE6");
        had_written(CWD "/out.config");
        learn();
        assert_rule("write", "${PWD}/out.*");
        assert_no_rule("write", "${PWD}/out.config");
}

static void name_of_what_it_is_renamed_to_tells_the_rest(void **state)
{
        (void)state;
        had_written(CWD "/.data.abcdef");
        did("rename", CWD "/.data.abcdef", CWD "/data");
        learn();
        assert_rule("write", "${PWD}/.data.*");
        assert_rule("write", "${PWD}/data");
        assert_null(strstr(text, "[delete]"));
}

/* cargo */
static void six_letters_behind_that_name_are_enough(void **state)
{
        (void)state;
        did("mkdir", "/tmp/w/targetabcdef", NULL);
        had_written("/tmp/w/targetabcdef/x");
        did("rename", "/tmp/w/targetabcdef", "/tmp/w/target");
        learn();
        assert_rule("write", "/tmp/w/target" FOUR "??"
                             "/**");
        assert_no_rule("exec", "/tmp/w/target*");
        assert_no_rule("write", "/tmp/w");
}

static void versions_become_patterns(void **state)
{
        (void)state;
        had_read("/opt/node-v20.1.0/lib/x");
        had_read("/opt/lib/libfoo.so.1.2.3");
        had_read(HOME "/.nvm/3.11/x");
        had_read("/opt/x/libbar.so.6");
        learn();
        assert_rule("read", "/opt/node-v*/lib/x");
        assert_rule("read", "/opt/lib/libfoo.so.*");
        assert_rule("read", "${HOME}/.nvm/[0-9]*/x");
        assert_rule("read", "/opt/x/libbar.so.6");
}

static void dates_become_patterns(void **state)
{
        (void)state;
        had_read("/opt/log/2026-11-23T13_24_42_697Z-debug-0.log");
        had_read("/opt/log/day-2026-11-23.log");
        had_read("/opt/x/12026-11-23");
        learn();
        assert_rule("read", "/opt/log/*-debug-0.log");
        assert_rule("read", "/opt/log/day-*.log");
        assert_rule("read", "/opt/x/12026-11-23");
}

/* git(1): a name that is tried before its directory is made. */
static void temporary_name_that_could_not_be_made_is_a_pattern(void **state)
{
        (void)state;
        opened(CWD "/o/65/tmp_obj_EeCCqN", O_WRONLY | O_CREAT | O_EXCL, ENOENT);
        learn();
        assert_rule("write", "${PWD}/o/65/tmp_obj_*");
}

/* mkdir -p(1), and what npm does for it */
static void directory_that_is_made_after_all_is_not_temporary(void **state)
{
        struct fact fact = call_fact("mkdir", "/tmp/c/sha512", NULL);

        (void)state;
        fact.class = CLASS_CREATE;
        fact.result = -ENOENT;
        audit_add(audit, &fact);
        did("mkdir", "/tmp/c", NULL);
        did("mkdir", "/tmp/c/sha512", NULL);
        had_written("/tmp/c/sha512/x");
        learn();
        assert_rule("write", "/tmp/c/sha512/x");
}

static void own_processes_are_self(void **state)
{
        (void)state;
        had_read("/proc/4711/status");
        had_read("/proc/4711/task/4712/comm");
        had_read("/proc/1/stat");
        had_read("/proc/1/environ");
        had_read("/dev/pts/3");
        learn();
        assert_rule("read", "/proc/self/status");
        assert_rule("read", "/proc/self/task/*/comm");
        assert_rule("read", "/proc/[0-9]*/stat");
        assert_no_rule("read", "/proc/*/environ");
        assert_no_rule("read", "/proc/[0-9]*/environ");
        assert_rule("read", "/proc/1/environ");
        assert_rule("read", "/dev/pts/3");
}

/* ---- text ---- */

static void names_are_written_so_that_they_mean_themselves(void **state)
{
        static const struct {
                const char *path, *rule;
        } names[] = {
                {CWD "/a*b?c[d]e\\f", "${PWD}/a\\*b\\?c\\[d]e\\\\f"},
                {CWD "/a ;b", "${PWD}/a ?b"},
                {CWD "/a #b", "${PWD}/a ?b"},
                {CWD "/a;b#c=d:e", "${PWD}/a;b#c=d:e"},
                {CWD "/${HOME}", "${PWD}/$?HOME}"},
                {CWD "/$HOME~", "${PWD}/$HOME~"},
                {CWD "/end ", "${PWD}/end?"},
                {CWD "/ begin", "${PWD}/ begin"},
                {CWD "/a\nb\tc", "${PWD}/a?b?c"},
                {CWD "/\xff\xc3\xa9", "${PWD}/?\xc3\xa9"},
                {CWD "/\xe2\x80\xae", "${PWD}/???"},
                {CWD "/[policy]", "${PWD}/\\[policy]"},
                {"/home/joe/apple", "${HOME}/apple"},
                {"/home/joel", "/home/joel"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                begin(state);
                had_read(names[i].path);
                had_read("/srv/x/y");
                free(text);
                learn();
                assert_rule("read", names[i].rule);
                assert_rule("read", "/srv/x/y");
        }
}

static void command_that_begins_a_comment_is_no_comment(void **state)
{
        static const char argv[] = "#x";

        (void)state;
        start(argv, sizeof(argv));
        had_read("/srv/x");
        learn();
        assert_says("description = Learned from: _x\n");
        assert_null(strstr(text, "could not be checked"));
}

static void hostile_command_line_is_one_line(void **state)
{
        static const char argv[] = "x\n[read]\nallow = /\0]\0;y\0#z\0\xff\x1b[2J";

        (void)state;
        start(argv, sizeof(argv));
        had_read("/srv/x");
        learn();
        assert_says("description = Learned from: x\\n[read]\\nallow = / ] _y _z \\xff\\x1b[2J\n");
        assert_no_rule("read", "/");
}

static void long_command_line_is_cut(void **state)
{
        char argv[4096];

        (void)state;
        memset(argv, 'a', sizeof(argv));
        start(argv, sizeof(argv));
        had_read("/srv/x");
        learn();
        assert_says("aaa...\n");
}

static void name_that_is_too_long_is_cut(void **state)
{
        char path[512] = "/srv/";
        cleanup_free char *rule = NULL;

        (void)state;
        memset(path + 5, 'n', 300);
        had_read(path);
        learn();
        rule = xasprintf("%.190s*", path);
        assert_rule("read", rule);
}

static void directory_of_a_name_that_is_too_deep_becomes_a_rule(void **state)
{
        char path[512] = CWD;

        (void)state;
        for (size_t len = strlen(CWD); len < 400; len += 10)
                strcpy(path + len, "/ninechars");
        had_read(path);
        learn();
        for (char *line = text, *next; (next = strchr(line, '\n')); line = next + 1)
                assert_true(line[0] == '#' || next - line < 200);
}

static void what_no_rule_can_name_is_told(void **state)
{
        struct learn_options options = {.guarded = &guarded, .search = search};
        char path[512] = "/dev";
        size_t len;

        (void)state;
        for (size_t at = strlen(path); at < 400; at += 10)
                strcpy(path + at, "/ninechars");
        had_read(path);
        did("connect", "vsock", NULL);
        FILE *out = open_memstream(&text, &len);
        audit_settle(audit);
        learned = learn_write(out, audit, &options);
        fclose(out);
        assert_int_equal(learned.unlearned, 2);
        assert_says("\n# No rule can allow this, or none should; it will be refused:\n"
                    "#     connect vsock\n#     read /dev/ninechars/");
}

static void addresses_are_named_one_by_one(void **state)
{
        (void)state;
        did("connect", "inet:10.0.0.1:80", NULL);
        did("connect", "inet:[::1]:443", NULL);
        did("connect", "inet:8.8.8.8:0", NULL);
        did("connect", "@/tmp/x", NULL);
        did("connect", "/run/user/1000/bus", NULL);
        learn();
        assert_rule("connect", "inet:10.0.0.1:80");
        assert_rule("connect", "inet:[::1]:443");
        assert_rule("connect", "inet:8.8.8.8");
        assert_rule("connect", "@/tmp/x");
        assert_rule("connect", "/run/user/1000/bus");
}

static void four_hosts_are_a_port(void **state)
{
        (void)state;
        did("connect", "inet:10.0.0.1:80", NULL);
        did("connect", "inet:10.0.0.2:80", NULL);
        did("connect", "inet:10.0.0.3:80", NULL);
        did("connect", "inet:[::1]:80", NULL);
        did("connect", "inet:10.0.0.1:22", NULL);
        learn();
        assert_rule("connect", "inet:80");
        assert_rule("connect", "inet:10.0.0.1:22");
        assert_no_rule("connect", "inet:10.0.0.1:80");
}

/* ---- links and renames ---- */

static void rename_may_be_done_again(void **state)
{
        (void)state;
        had_run("/usr/bin/mv");
        had_read(CWD "/kept");
        did("rename", CWD "/from", CWD "/kept");
        learn();
        assert_rule("write", "${PWD}/from");
        assert_rule("write", "${PWD}/kept");
        assert_rule("create", "${PWD}/kept");
        assert_no_rule("create", "${PWD}/from");
        assert_null(strstr(text, "[delete]"));
        assert_rule("read", "${PWD}/from");
        assert_says("; for it is linked or renamed\n");
}

static void renamed_to_store(const char *name)
{
        cleanup_free char *from = xasprintf(CWD "/in/%s", name);
        cleanup_free char *to = xasprintf(CWD "/store/%s", name);

        did("rename", from, to);
        had_read(to);
}

static void names_that_are_renamed_become_a_directory_as_others_do(void **state)
{
        (void)state;
        had_run("/usr/bin/mv");
        many(renamed_to_store, "@");
        many(had_read, HOME "/.ssh/@");
        learn();
        assert_null(strstr(text, "[delete]")); /* as [write] */
        assert_rule("create", "${PWD}/store");
        assert_rule("read", "${PWD}/in");
        assert_says("; for names below it are linked or renamed\n");
        assert_rule("write", "${PWD}/store");
        assert_no_rule("write", "${PWD}");
        assert_no_rule("exec", "${PWD}/in");
}

static void few_names_that_are_renamed_do_not(void **state)
{
        (void)state;
        had_run("/usr/bin/mv");
        renamed_to_store("a");
        renamed_to_store("b");
        renamed_to_store("c");
        learn();
        assert_rule("read", "${PWD}/in/a");
        assert_no_rule("read", "${PWD}/in");
}

static void directory_is_moved_with_all_that_is_below(void **state)
{
        (void)state;
        had_run("/usr/bin/mv");
        did("mkdir", CWD "/.x", NULL);
        did("rename", CWD "/.x", CWD "/x");
        learn();
        assert_rule("delete", "${PWD}/.x");
        assert_rule("create", "${PWD}/x");
        assert_says("with all that is below");
}

static void directory_that_holds_secrets_is_not_moved(void **state)
{
        struct learn_options options = {.guarded = &guarded, .search = search};
        size_t len;

        (void)state;
        had_read(CWD "/a");
        opened(HOME "/.config", O_RDONLY | O_DIRECTORY, 0);
        did("rename", HOME "/.config", HOME "/.old");
        FILE *out = open_memstream(&text, &len);
        audit_settle(audit);
        learned = learn_write(out, audit, &options);
        fclose(out);
        assert_no_rule("read", "${HOME}/.config");
        assert_true(learned.unlearned > 0);
        assert_says("#     read /home/joe/.config\n");
}

/* ---- determinism ---- */

static void order_of_what_was_done_does_not_matter(void **state)
{
        static const char *const paths[] = {
                CWD "/a.o",        CWD "/b.o",        CWD "/c.o",      CWD "/d.o",
                "/tmp/ccAbCdEf.s", "/etc/passwd",     HOME "/.ssh/x",  "/usr/lib/libc.so",
                CWD "/src/a",      CWD "/src/b",      CWD "/src/c",    CWD "/src/d",
                CWD "/out.aB3dE6", CWD "/out.abcdef", "/opt/x-1.2.3/y"};
        cleanup_free char *first = NULL;

        for (size_t turn = 0; turn < ARRAY_SIZE(paths); turn++) {
                begin(state);
                for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                        const char *path = paths[(turn + i * 7) % ARRAY_SIZE(paths)];

                        had_read(path);
                        had_written(path);
                }
                free(text);
                learn();
                if (!first)
                        first = xstrdup(text);
                assert_string_equal(text, first);
        }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(copy_may_be_made_again_and_nothing_else),
                TEST(class_that_is_like_writing_follows_it),
                TEST(class_that_differs_from_writing_has_a_section_of_its_own),
                TEST(class_that_is_not_recorded_is_left_open),
                TEST(what_base_allows_is_left_out),
                TEST(what_was_only_looked_for_may_be_looked_for_again),
                TEST(what_was_refused_is_told_and_not_allowed),
                TEST(what_has_no_name_is_left_out),
                TEST(deleted_file_is_allowed_by_the_name_that_it_had),
                TEST(number_of_a_process_beside_a_digest_becomes_a_wildcard_too),
                TEST(directory_of_many_becomes_a_rule),
                TEST(directory_of_few_does_not),
                TEST(what_is_not_there_is_no_evidence),
                TEST(working_directory_may_be_read_but_holds_files_that_are_run_later),
                TEST(no_directory_that_all_share_becomes_a_rule),
                TEST(directory_that_holds_secrets_does_not_become_a_rule),
                TEST(file_that_is_run_later_is_told),
                TEST(ending_of_many_becomes_a_rule_where_the_directory_may_not),
                TEST(ending_that_a_secret_has_does_not),
                TEST(directory_that_is_listed_is_not_read_through),
                TEST(symbolic_link_is_a_name_and_not_what_it_leads_to),
                TEST(system_is_not_written_to_as_a_whole),
                TEST(programs_are_named_one_by_one),
                TEST(forty_programs_are_a_directory_of_the_system),
                TEST(temporary_names_become_patterns),
                TEST(name_that_is_all_chance_keeps_its_length),
                TEST(uuid_is_a_temporary_name_as_a_whole),
                TEST(two_parts_by_chance_become_wildcards_both),
                TEST(names_that_people_give_stay),
                TEST(name_that_was_there_before_is_not_temporary),
                TEST(what_is_below_a_temporary_directory_is_covered_too),
                TEST(sibling_rescues_six_letters_that_are_a_word),
                TEST(name_of_what_it_is_renamed_to_tells_the_rest),
                TEST(six_letters_behind_that_name_are_enough),
                TEST(versions_become_patterns),
                TEST(dates_become_patterns),
                TEST(temporary_name_that_could_not_be_made_is_a_pattern),
                TEST(directory_that_is_made_after_all_is_not_temporary),
                TEST(own_processes_are_self),
                TEST(names_are_written_so_that_they_mean_themselves),
                TEST(command_that_begins_a_comment_is_no_comment),
                TEST(hostile_command_line_is_one_line),
                TEST(long_command_line_is_cut),
                TEST(name_that_is_too_long_is_cut),
                TEST(directory_of_a_name_that_is_too_deep_becomes_a_rule),
                TEST(what_no_rule_can_name_is_told),
                TEST(addresses_are_named_one_by_one),
                TEST(four_hosts_are_a_port),
                TEST(rename_may_be_done_again),
                TEST(names_that_are_renamed_become_a_directory_as_others_do),
                TEST(few_names_that_are_renamed_do_not),
                TEST(directory_is_moved_with_all_that_is_below),
                TEST(directory_that_holds_secrets_is_not_moved),
                TEST(order_of_what_was_done_does_not_matter),
        };

        return cmocka_run_group_tests(tests, load_guarded, free_guarded);
}
