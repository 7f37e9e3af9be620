/* test_landlock.c: what landlock.h promises of the plan, for any version and without the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "landlock.h"
#include "util.h"

enum { NEWEST = 10 };

static struct policy policy;
static struct landlock landlock;
static char dir[64]; /* holds the directory "d" and the file "f" */

static int setup(void **state)
{
        (void)state;
        strcpy(dir, "/tmp/stopgate-landlock.XXXXXX");
        assert_non_null(mkdtemp(dir));
        cleanup_free char *file = xasprintf("%s/f", dir), *sub = xasprintf("%s/d", dir);
        cleanup_fd int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(mkdir(sub, 0700), 0);
        policy_init(&policy);
        landlock = (struct landlock){0};
        return 0;
}

static int teardown(void **state)
{
        cleanup_free char *file = xasprintf("%s/f", dir), *sub = xasprintf("%s/d", dir);

        (void)state;
        landlock_fini(&landlock);
        policy_fini(&policy);
        return unlink(file) || rmdir(sub) || rmdir(dir);
}

static void deny_by_default(enum call_class class)
{
        policy.classes[class] = (struct class_policy){
                .spoken = true, .own = true, .has_fallback = true, .fallback = ACTION_DENY};
}

static void add(enum call_class class, enum action action, const char *pattern)
{
        struct rule rule = {.class = class,
                            .action = action,
                            .origin = {"test.ini", 1},
                            .source = xstrdup(pattern),
                            .nspellings = 1};

        assert_int_equal(pattern_parse(&rule.spelling[0], class, pattern), 0);
        policy_add_rule(&policy, &rule);
}

/* A rule about a name in the test's directory. */
static void add_here(enum call_class class, enum action action, const char *name)
{
        cleanup_free char *path = xasprintf("%s/%s", dir, name);

        add(class, action, path);
}

static void plan(int abi)
{
        policy_finish(&policy);
        landlock_plan(&landlock, &policy, abi);
        landlock_tell(&landlock, &policy);
}

static bool holds(enum call_class class, const char *path)
{
        struct object *object = xcalloc(1, sizeof(*object));

        object->kind = OBJECT_PATH;
        object->len = (size_t)snprintf(object->path, sizeof(object->path), "%s", path);
        bool held = landlock_holds(&landlock, class, object);
        free(object);
        return held;
}

static bool holds_here(enum call_class class, const char *name)
{
        cleanup_free char *path = xasprintf("%s/%s", dir, name);

        return holds(class, path);
}

static void what_is_denied_by_default_is_held(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add_here(CLASS_WRITE, ACTION_ALLOW, "d");
        plan(NEWEST);
        assert_true(holds(CLASS_WRITE, "/etc/passwd"));
        assert_true(holds(CLASS_CREATE, "/etc/new"));
        assert_true(holds(CLASS_DELETE, "/etc/passwd"));
        assert_false(holds_here(CLASS_WRITE, "d/x"));
        assert_false(holds_here(CLASS_CREATE, "d/x"));
        assert_true(holds_here(CLASS_WRITE, "dx"));
        assert_false(holds(CLASS_ATTR, "/etc/passwd"));
        assert_false(holds(CLASS_READ, "/etc/passwd"));
}

static void name_of_an_allowed_directory_is_its_parents(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add_here(CLASS_WRITE, ACTION_ALLOW, "d");
        plan(NEWEST);
        assert_true(holds_here(CLASS_DELETE, "d"));
        assert_false(holds_here(CLASS_WRITE, "d"));
}

static void file_that_may_be_replaced_widens_to_its_directory(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add_here(CLASS_WRITE, ACTION_ALLOW, "f");
        plan(NEWEST);
        assert_false(holds_here(CLASS_WRITE, "other"));
        assert_true(holds(CLASS_WRITE, "/tmp/other"));
        assert_int_equal(policy.backstop.held & CLASS_BIT(CLASS_WRITE), 0);
}

static void file_that_may_only_be_read_stays_alone(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        deny_by_default(CLASS_READ);
        add_here(CLASS_READ, ACTION_ALLOW, "f");
        plan(NEWEST);
        assert_false(holds_here(CLASS_READ, "f"));
        assert_true(holds_here(CLASS_READ, "other"));
}

static void missing_path_widens_to_what_exists(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add_here(CLASS_WRITE, ACTION_ALLOW, "d/not/there/yet");
        plan(NEWEST);
        assert_false(holds_here(CLASS_CREATE, "d/not"));
        assert_true(holds_here(CLASS_CREATE, "other"));
}

static void what_lies_in_an_allowed_place_widens_nothing(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add_here(CLASS_WRITE, ACTION_ALLOW, "d/not/there/yet");
        add_here(CLASS_WRITE, ACTION_LOG, "d");
        policy.calls_given = true;
        plan(NEWEST);
        assert_true(policy.backstop.held & CLASS_BIT(CLASS_WRITE));
}

static void wildcard_widens_to_its_directory(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add_here(CLASS_WRITE, ACTION_ALLOW, "d/*.txt");
        plan(NEWEST);
        assert_false(holds_here(CLASS_CREATE, "d/other"));
        assert_true(holds_here(CLASS_CREATE, "other"));
}

static void logged_is_let_through_like_allowed(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add_here(CLASS_WRITE, ACTION_LOG, "d");
        plan(NEWEST);
        assert_false(holds_here(CLASS_WRITE, "d/x"));
}

static void exception_inside_of_a_grant_is_not_held(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add(CLASS_WRITE, ACTION_ALLOW, "/tmp");
        add_here(CLASS_WRITE, ACTION_DENY, "d");
        plan(NEWEST);
        assert_false(holds_here(CLASS_WRITE, "d/x"));
        assert_int_equal(policy.backstop.held, 0);
}

static void class_that_allows_by_default_is_not_held(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_DENY, "/etc/shadow");
        plan(NEWEST);
        assert_false(holds(CLASS_READ, "/etc/shadow"));
        assert_int_equal(policy.backstop.held, 0);
        assert_true(policy.backstop.processes);
}

static void exact_grants_hold_the_class_whole(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        add(CLASS_WRITE, ACTION_ALLOW, "/tmp");
        policy.calls_given = true;
        plan(NEWEST);
        assert_int_equal(policy.backstop.held, CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE) |
                                                       CLASS_BIT(CLASS_DELETE));
        assert_int_equal(policy.backstop.missing, 0);
}

static void version_2_lacks_truncate_and_so_writing(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        policy.calls_given = true;
        plan(2);
        assert_int_equal(policy.backstop.held, CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE));
        assert_int_equal(policy.backstop.missing,
                         CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_PROCESS));
        assert_false(holds(CLASS_WRITE, "/etc/passwd"));
}

static void version_1_is_as_none(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        plan(1);
        assert_int_equal(landlock.abi, 0);
        assert_false(policy.backstop.processes);
        assert_false(holds(CLASS_DELETE, "/etc/passwd"));
}

static void signals_are_held_since_version_6(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        plan(5);
        assert_false(policy.backstop.signals);
        assert_true(policy.backstop.missing & CLASS_BIT(CLASS_PROCESS));
        landlock_fini(&landlock);
        landlock_plan(&landlock, &policy, 6);
        landlock_tell(&landlock, &policy);
        assert_true(policy.backstop.signals);
}

static void word_of_system_gives_signals_back(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        policy.system[policy.nsystem++] = "processes";
        plan(NEWEST);
        assert_false(policy.backstop.signals);
}

static void permissive_policy_asks_nothing(void **state)
{
        (void)state;
        deny_by_default(CLASS_WRITE);
        policy.permissive = true;
        plan(NEWEST);
        assert_int_equal(landlock.abi, 0);
}

static void ports_are_held_and_hosts_are_not(void **state)
{
        (void)state;
        deny_by_default(CLASS_CONNECT);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:443");
        plan(NEWEST);
        assert_true(landlock.connects);
        assert_false(landlock.binds);
        assert_int_equal(landlock.nports, 1);
        assert_int_equal(landlock.ports[0], 443);
}

static void host_of_any_port_leaves_connections_to_the_stops(void **state)
{
        (void)state;
        deny_by_default(CLASS_CONNECT);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:443");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:10.0.0.1");
        plan(NEWEST);
        assert_false(landlock.connects);
}

static void inet_denied_as_a_whole_is_held(void **state)
{
        (void)state;
        add(CLASS_CONNECT, ACTION_DENY, "inet");
        plan(NEWEST);
        assert_true(landlock.connects);
        assert_true(landlock.binds);
        assert_false(landlock.abstract);
}

static void allowed_abstract_name_opens_all_of_them(void **state)
{
        (void)state;
        deny_by_default(CLASS_CONNECT);
        plan(NEWEST);
        assert_true(landlock.abstract);
        landlock_fini(&landlock);
        policy_fini(&policy);
        policy_init(&policy);
        deny_by_default(CLASS_CONNECT);
        add(CLASS_CONNECT, ACTION_ALLOW, "@bus");
        plan(NEWEST);
        assert_false(landlock.abstract);
}

static void files_may_be_moved_where_one_of_the_classes_is_free(void **state)
{
        (void)state;
        deny_by_default(CLASS_DELETE);
        plan(NEWEST);
        assert_false(landlock.keeps_place);
        landlock_fini(&landlock);
        policy_fini(&policy);
        policy_init(&policy);
        deny_by_default(CLASS_WRITE);
        plan(NEWEST);
        assert_false(landlock.keeps_place);
        landlock_fini(&landlock);
        policy_fini(&policy);
        policy_init(&policy);
        deny_by_default(CLASS_WRITE);
        add_here(CLASS_WRITE, ACTION_ALLOW, "d");
        plan(NEWEST);
        assert_true(landlock.keeps_place);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(what_is_denied_by_default_is_held),
                TEST(name_of_an_allowed_directory_is_its_parents),
                TEST(file_that_may_be_replaced_widens_to_its_directory),
                TEST(file_that_may_only_be_read_stays_alone),
                TEST(missing_path_widens_to_what_exists),
                TEST(what_lies_in_an_allowed_place_widens_nothing),
                TEST(wildcard_widens_to_its_directory),
                TEST(logged_is_let_through_like_allowed),
                TEST(exception_inside_of_a_grant_is_not_held),
                TEST(class_that_allows_by_default_is_not_held),
                TEST(exact_grants_hold_the_class_whole),
                TEST(version_2_lacks_truncate_and_so_writing),
                TEST(version_1_is_as_none),
                TEST(signals_are_held_since_version_6),
                TEST(word_of_system_gives_signals_back),
                TEST(permissive_policy_asks_nothing),
                TEST(ports_are_held_and_hosts_are_not),
                TEST(host_of_any_port_leaves_connections_to_the_stops),
                TEST(inet_denied_as_a_whole_is_held),
                TEST(allowed_abstract_name_opens_all_of_them),
                TEST(files_may_be_moved_where_one_of_the_classes_is_free),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
