/* test_policy.c: what policy.h promises of the decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "path.h"
#include "policy.h"
#include "util.h"

enum { TGID = 4711 };

static struct policy policy;
static struct object object;
static struct event event;

static int setup(void **state)
{
        (void)state;
        policy_init(&policy);
        memset(&object, 0, sizeof(object));
        memset(&event, 0, sizeof(event));
        event.tgid = TGID;
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        policy_fini(&policy);
        return 0;
}

static void add_spelled(enum call_class class, enum action action, const char *pattern,
                        const char *resolved)
{
        static unsigned line;
        struct rule rule = {.class = class,
                            .action = action,
                            .origin = {"test.ini", ++line},
                            .source = xstrdup(pattern),
                            .nspellings = resolved ? 2 : 1};

        assert_int_equal(pattern_parse(&rule.spelling[0], class, pattern), 0);
        if (resolved)
                assert_int_equal(pattern_parse(&rule.spelling[1], class, resolved), 0);
        policy_add_rule(&policy, &rule);
}

static void add(enum call_class class, enum action action, const char *pattern)
{
        add_spelled(class, action, pattern, NULL);
}

static void set_default(enum call_class class, enum action action)
{
        struct class_policy *section = &policy.classes[class];

        section->spoken = section->own = section->has_fallback = true;
        section->fallback = action;
        section->fallback_origin = (struct origin){"test.ini", 1000};
}

static void fill(struct object *o, enum object_kind kind, const char *path)
{
        memset(o, 0, offsetof(struct object, path));
        o->kind = kind;
        o->exists = true;
        o->len = strlen(path);
        strcpy(o->path, path);
}

static struct verdict judge_kind(enum call_class class, enum object_kind kind, const char *path)
{
        fill(&object, kind, path);
        return policy_judge(&policy, class, &object, TGID);
}

static enum action judge(enum call_class class, const char *path)
{
        return judge_kind(class, OBJECT_PATH, path).action;
}

/* "[::1]:443" or "10.0.0.1:80" */
static enum action judge_inet(const char *host_port)
{
        struct pattern pattern;
        cleanup_free char *text = xasprintf("inet:%s", host_port);

        assert_int_equal(pattern_parse(&pattern, CLASS_CONNECT, text), 0);
        fill(&object, OBJECT_INET, text);
        memcpy(object.address, pattern.address, sizeof(object.address));
        object.port = pattern.port;
        pattern_fini(&pattern);
        return policy_judge(&policy, CLASS_CONNECT, &object, TGID).action;
}

static void ask(enum call_class class, const char *path, bool carry)
{
        fill(&event.objects[event.nobjects], OBJECT_PATH, path);
        event.objects[event.nobjects].directory = carry;
        event.asks[event.nasks++] =
                (struct ask){.class = class, .object = event.nobjects++, .carry = carry};
}

static struct verdict decide(void)
{
        return policy_decide(&policy, &event);
}

/* ---- which rule wins ---- */

static void unspoken_class_is_allowed_by_nobody(void **state)
{
        struct verdict verdict;

        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        verdict = judge_kind(CLASS_READ, OBJECT_PATH, "/a");
        assert_int_equal(verdict.action, ACTION_ALLOW);
        assert_null(verdict.origin.file);
}

static void default_decides_where_no_rule_matches(void **state)
{
        struct verdict verdict;

        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        add(CLASS_WRITE, ACTION_ALLOW, "/tmp");
        policy_finish(&policy);
        verdict = judge_kind(CLASS_WRITE, OBJECT_PATH, "/etc/passwd");
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_int_equal(verdict.origin.line, 1000);
        assert_null(verdict.rule);
}

static void rule_decides_for_its_path_and_below(void **state)
{
        struct verdict verdict;

        (void)state;
        add(CLASS_READ, ACTION_DENY, "/home/u/.ssh");
        policy_finish(&policy);
        verdict = judge_kind(CLASS_READ, OBJECT_PATH, "/home/u/.ssh/id");
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_ptr_equal(verdict.rule, &policy.rules[0]);
        assert_string_equal(verdict.origin.file, "test.ini");
        assert_int_equal(judge(CLASS_READ, "/home/u/.ssh"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/home/u/.sshd"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_READ, "/home/u"), ACTION_ALLOW);
}

static void longer_path_beats_shorter_in_any_order(void **state)
{
        (void)state;
        add(CLASS_WRITE, ACTION_DENY, "/a/b");
        add(CLASS_WRITE, ACTION_ALLOW, "/a");
        add(CLASS_WRITE, ACTION_ALLOW, "/a/b/c");
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_WRITE, "/a/x"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/a/b/x"), ACTION_DENY);
        assert_int_equal(judge(CLASS_WRITE, "/a/b/c/x"), ACTION_ALLOW);
}

static void wildcard_with_longer_literal_part_beats_subtree(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_ALLOW, "/a/b");
        add(CLASS_READ, ACTION_DENY, "/a/b/*.c");
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_READ, "/a/b/x.c"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/a/b/x.h"), ACTION_ALLOW);
}

static void longer_subtree_beats_wildcard(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_DENY, "/a/**");
        add(CLASS_READ, ACTION_ALLOW, "/a/b");
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_READ, "/a/b/c"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_READ, "/a/c"), ACTION_DENY);
}

static void path_beats_wildcard_of_equal_length(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_ALLOW, "/a/b");
        add(CLASS_READ, ACTION_DENY, "/a/b**");
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_READ, "/a/b"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_READ, "/a/b/c"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_READ, "/a/bc"), ACTION_DENY);
}

static void tie_goes_to_the_strictest(void **state)
{
        (void)state;
        add(CLASS_WRITE, ACTION_ALLOW, "/a");
        add(CLASS_WRITE, ACTION_KILL, "/a");
        add(CLASS_WRITE, ACTION_DENY, "/a");
        add(CLASS_READ, ACTION_DENY, "/x/*b");
        add(CLASS_READ, ACTION_ALLOW, "/x/a*");
        add(CLASS_READ, ACTION_LOG, "/x/*");
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_WRITE, "/a/b"), ACTION_KILL);
        assert_int_equal(judge(CLASS_READ, "/x/cb"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/x/c"), ACTION_LOG);
        assert_int_equal(judge(CLASS_READ, "/x/ab"), ACTION_ALLOW);
}

static void escaped_bytes_count_once(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_ALLOW, "/a\\*b/*");
        add(CLASS_READ, ACTION_DENY, "/a\\*b/c");
        policy_finish(&policy);
        assert_int_equal(policy.rules[0].spelling[0].literal, 5);
        assert_int_equal(judge(CLASS_READ, "/a*b/c"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/a*b/d"), ACTION_ALLOW);
}

static void root_rule_covers_everything(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_DENY, "/");
        policy_finish(&policy);
        assert_string_equal(policy.rules[0].spelling[0].text, "");
        assert_int_equal(judge(CLASS_READ, "/"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/a/b"), ACTION_DENY);
}

static void both_spellings_match(void **state)
{
        (void)state;
        add_spelled(CLASS_WRITE, ACTION_DENY, "/var/run/x", "/run/x");
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_WRITE, "/var/run/x/y"), ACTION_DENY);
        assert_int_equal(judge(CLASS_WRITE, "/run/x/y"), ACTION_DENY);
        assert_int_equal(judge(CLASS_WRITE, "/run/y"), ACTION_ALLOW);
}

static void own_proc_directory_matches_proc_self(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        add(CLASS_WRITE, ACTION_ALLOW, "/proc/self/comm");
        add(CLASS_WRITE, ACTION_LOG, "/proc/self/task/*/comm");
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_WRITE, "/proc/4711/comm"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/proc/4711/task/4712/comm"), ACTION_LOG);
        assert_int_equal(judge(CLASS_WRITE, "/proc/47110/comm"), ACTION_DENY);
        assert_int_equal(judge(CLASS_WRITE, "/proc/1/comm"), ACTION_DENY);
}

static void closer_of_both_proc_names_decides(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_DENY, "/proc/*/environ");
        add(CLASS_READ, ACTION_ALLOW, "/proc/self/environ");
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_READ, "/proc/4711/environ"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_READ, "/proc/1/environ"), ACTION_DENY);
}

/* ---- followers ---- */

static void create_delete_attr_follow_write(void **state)
{
        struct verdict verdict;

        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy.classes[CLASS_WRITE].err = EROFS;
        add(CLASS_WRITE, ACTION_ALLOW, "/tmp");
        policy_finish(&policy);
        verdict = judge_kind(CLASS_DELETE, OBJECT_PATH, "/a");
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_int_equal(verdict.class, CLASS_DELETE);
        assert_int_equal(verdict.origin.line, 1000);
        assert_int_equal(verdict.err, EROFS);
        assert_int_equal(judge(CLASS_CREATE, "/tmp/a"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_ATTR, "/b"), ACTION_DENY);
        assert_true(policy.classes[CLASS_CREATE].spoken);
        assert_false(policy.classes[CLASS_CREATE].own);
}

static void own_section_follows_nobody(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        set_default(CLASS_CREATE, ACTION_LOG);
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_CREATE, "/a"), ACTION_LOG);
        assert_int_equal(judge(CLASS_DELETE, "/a"), ACTION_DENY);
}

static void read_and_exec_follow_nobody(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_READ, "/a"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_EXEC, "/a"), ACTION_ALLOW);
}

/* ---- kinds of objects ---- */

static void deleted_file_is_judged_by_the_name_it_had(void **state)
{
        (void)state;
        add(CLASS_WRITE, ACTION_DENY, "/a");
        policy_finish(&policy);
        assert_int_equal(judge_kind(CLASS_WRITE, OBJECT_DELETED, "/a/b").action, ACTION_DENY);
}

static void anonymous_object_gets_the_default(void **state)
{
        (void)state;
        set_default(CLASS_OUTPUT, ACTION_DENY);
        add(CLASS_OUTPUT, ACTION_ALLOW, "/");
        policy_finish(&policy);
        assert_int_equal(judge_kind(CLASS_OUTPUT, OBJECT_ANONYMOUS, "pipe:[7]").action,
                         ACTION_DENY);
}

static void own_anonymous_object_is_never_refused(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        set_default(CLASS_OUTPUT, ACTION_DENY);
        set_default(CLASS_EXEC, ACTION_DENY);
        policy_finish(&policy);
        fill(&object, OBJECT_ANONYMOUS, "pipe:[7]");
        object.own = true;
        assert_int_equal(policy_judge(&policy, CLASS_WRITE, &object, TGID).action, ACTION_LOG);
        assert_int_equal(policy_judge(&policy, CLASS_OUTPUT, &object, TGID).action, ACTION_DENY);
        assert_int_equal(policy_judge(&policy, CLASS_EXEC, &object, TGID).action, ACTION_DENY);
}

static void terminal_is_open_in_the_ways_in_which_it_is_held(void **state)
{
        static const struct {
                unsigned held;
                enum action read, write;
        } rows[] = {{0, ACTION_DENY, ACTION_DENY},
                    {HELD_READ, ACTION_LOG, ACTION_DENY},
                    {HELD_WRITE, ACTION_DENY, ACTION_LOG},
                    {HELD_READ | HELD_WRITE, ACTION_LOG, ACTION_LOG}};

        (void)state;
        set_default(CLASS_READ, ACTION_DENY);
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                fill(&object, OBJECT_PATH, "/dev/pts/7");
                object.held = rows[i].held;
                assert_int_equal(policy_judge(&policy, CLASS_READ, &object, TGID).action,
                                 rows[i].read);
                assert_int_equal(policy_judge(&policy, CLASS_WRITE, &object, TGID).action,
                                 rows[i].write);
                assert_int_equal(policy_judge(&policy, CLASS_ATTR, &object, TGID).action,
                                 ACTION_DENY);
        }
}

static void family_matches_no_pattern(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet");
        add(CLASS_CONNECT, ACTION_ALLOW, "/");
        add(CLASS_CONNECT, ACTION_ALLOW, "@**");
        policy_finish(&policy);
        assert_int_equal(judge_kind(CLASS_CONNECT, OBJECT_FAMILY, "netlink").action, ACTION_DENY);
}

static void abstract_name_matches_exactly_or_by_wildcard(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "@bus");
        add(CLASS_CONNECT, ACTION_LOG, "@bus*");
        add(CLASS_CONNECT, ACTION_ALLOW, "/");
        policy_finish(&policy);
        assert_int_equal(judge_kind(CLASS_CONNECT, OBJECT_ABSTRACT, "@bus").action, ACTION_ALLOW);
        assert_int_equal(judge_kind(CLASS_CONNECT, OBJECT_ABSTRACT, "@bus1").action, ACTION_LOG);
        assert_int_equal(judge_kind(CLASS_CONNECT, OBJECT_ABSTRACT, "@b").action, ACTION_DENY);
        assert_int_equal(judge_kind(CLASS_CONNECT, OBJECT_PATH, "/run/bus").action, ACTION_ALLOW);
}

static void abstract_name_may_hold_nul(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "@a");
        policy_finish(&policy);
        fill(&object, OBJECT_ABSTRACT, "@a");
        memcpy(object.path, "@a\0b", 5);
        object.len = 4;
        assert_int_equal(policy_judge(&policy, CLASS_CONNECT, &object, TGID).action, ACTION_DENY);
}

/* ---- addresses ---- */

static void inet_covers_every_address(void **state)
{
        (void)state;
        add(CLASS_CONNECT, ACTION_DENY, "inet");
        policy_finish(&policy);
        assert_int_equal(judge_inet("10.0.0.1:80"), ACTION_DENY);
        assert_int_equal(judge_inet("[2001:db8::1]:80"), ACTION_DENY);
}

static void inet_host_beats_port_beats_inet(void **state)
{
        (void)state;
        add(CLASS_CONNECT, ACTION_DENY, "inet");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:443");
        add(CLASS_CONNECT, ACTION_KILL, "inet:10.0.0.0/8");
        add(CLASS_CONNECT, ACTION_LOG, "inet:10.0.0.1");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:10.0.0.1:22");
        policy_finish(&policy);
        assert_int_equal(judge_inet("1.2.3.4:80"), ACTION_DENY);
        assert_int_equal(judge_inet("1.2.3.4:443"), ACTION_ALLOW);
        assert_int_equal(judge_inet("10.9.9.9:443"), ACTION_KILL);
        assert_int_equal(judge_inet("10.0.0.1:443"), ACTION_LOG);
        assert_int_equal(judge_inet("10.0.0.1:22"), ACTION_ALLOW);
}

static void inet_takes_ipv6_in_all_forms(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:[::1]:443");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:[::2]");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:::3/128");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:fe80::/10");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:[2001:db8::]/32:80");
        policy_finish(&policy);
        assert_int_equal(judge_inet("[::1]:443"), ACTION_ALLOW);
        assert_int_equal(judge_inet("[::1]:444"), ACTION_DENY);
        assert_int_equal(judge_inet("[::2]:1"), ACTION_ALLOW);
        assert_int_equal(judge_inet("[::3]:1"), ACTION_ALLOW);
        assert_int_equal(judge_inet("[fe80::1:2]:1"), ACTION_ALLOW);
        assert_int_equal(judge_inet("[2001:db8:1::]:80"), ACTION_ALLOW);
        assert_int_equal(judge_inet("[2001:db8:1::]:81"), ACTION_DENY);
}

static void ipv4_is_the_same_mapped_into_ipv6(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:127.0.0.0/8");
        policy_finish(&policy);
        assert_int_equal(policy.rules[0].spelling[0].bits, 104);
        assert_int_equal(judge_inet("[::ffff:127.0.0.1]:80"), ACTION_ALLOW);
}

static void ipv6_range_does_not_cover_ipv4(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:::/8");
        policy_finish(&policy);
        assert_int_equal(judge_inet("[::1]:80"), ACTION_ALLOW);
        assert_int_equal(judge_inet("127.0.0.1:80"), ACTION_DENY);
}

static void bad_addresses_are_refused(void **state)
{
        static const char *const bad[] = {
                "inet:",
                "inet:0",
                "inet:65536",
                "inet:example.org",
                "inet:1.2.3",
                "inet:1.2.3.4/33",
                "inet:1.2.3.4/",
                "inet:10.0.0.1/8",
                "inet:1.2.3.4:",
                "inet:1.2.3.4:0",
                "inet:1.2.3.4:x",
                "inet:[::1",
                "inet:[::1]443",
                "inet:::1/129",
                "inet:::/0",
                "inet:fe80::1/10",
                "inet:1.2.3.4 :1",
                "inet:-1",
                "inet:1.2.3.4/8:1",
                "inet:[::1]:443x",
                "inetx",
                "net",
                "",
        };
        struct pattern pattern;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                if (pattern_parse(&pattern, CLASS_CONNECT, bad[i]) != -EINVAL)
                        fail_msg("'%s' was taken", bad[i]);
                assert_non_null(pattern_complaint(CLASS_CONNECT, bad[i]));
        }
}

static void only_connect_takes_addresses(void **state)
{
        struct pattern pattern;

        (void)state;
        assert_int_equal(pattern_parse(&pattern, CLASS_READ, "inet"), -EINVAL);
        assert_int_equal(pattern_parse(&pattern, CLASS_READ, "@a"), -EINVAL);
        assert_int_equal(pattern_parse(&pattern, CLASS_READ, "a"), -EINVAL);
}

/* ---- protected files ---- */

static void protected_file_cannot_be_changed_by_any_rule(void **state)
{
        static const enum call_class classes[] = {CLASS_WRITE, CLASS_CREATE, CLASS_DELETE,
                                                  CLASS_ATTR};
        struct verdict verdict;

        (void)state;
        add(CLASS_WRITE, ACTION_ALLOW, "/log/run.log");
        policy_finish(&policy);
        policy_protect(&policy, "/log/run.log");
        for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
                verdict = judge_kind(classes[i], OBJECT_PATH, "/log/run.log");
                assert_int_equal(verdict.action, ACTION_DENY);
                assert_string_equal(verdict.origin.file, "built-in");
        }
        assert_int_equal(judge(CLASS_READ, "/log/run.log"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/log/run.log2"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_WRITE, "/log"), ACTION_ALLOW);
}

static void older_parts_of_the_record_are_protected_too(void **state)
{
        static const char *const open[] = {"/log/run.log.",   "/log/run.log.1a", "/log/run.log.1/a",
                                           "/log/run.logs.1", "/log/run.log-1",  "/log/run.lo.1"};

        (void)state;
        add(CLASS_WRITE, ACTION_ALLOW, "/log");
        policy_finish(&policy);
        policy_protect(&policy, "/log/run.log");
        assert_int_equal(judge(CLASS_WRITE, "/log/run.log.1"), ACTION_ALLOW);
        policy_protect_parts(&policy, "/log/run.log");
        assert_int_equal(judge(CLASS_WRITE, "/log/run.log.1"), ACTION_DENY);
        assert_int_equal(judge(CLASS_DELETE, "/log/run.log.23"), ACTION_DENY);
        assert_int_equal(judge(CLASS_CREATE, "/log/run.log.999"), ACTION_DENY);
        assert_int_equal(judge(CLASS_ATTR, "/log/run.log.1000"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/log/run.log.1"), ACTION_ALLOW);
        for (size_t i = 0; i < ARRAY_SIZE(open); i++)
                assert_int_equal(judge(CLASS_WRITE, open[i]), ACTION_ALLOW);
}

static void directory_of_protected_file_cannot_be_moved_away(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_ALLOW);
        policy_finish(&policy);
        policy_protect(&policy, "/a/log/run.log");
        ask(CLASS_DELETE, "/a", true);
        assert_int_equal(decide().action, ACTION_DENY);
        event.objects[0].directory = false; /* as "..", which nothing moves */
        assert_int_equal(decide().action, ACTION_ALLOW);
}

static void removing_the_directory_of_a_protected_file_is_left_to_the_kernel(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_ALLOW);
        policy_finish(&policy);
        policy_protect(&policy, "/a/log/run.log");
        assert_int_equal(judge(CLASS_DELETE, "/a/log"), ACTION_ALLOW);
        assert_int_equal(judge(CLASS_DELETE, "/a/log/run.log"), ACTION_DENY);
}

/* ---- foreign and own objects without a name; the command line ---- */

static void pipe_of_another_process_is_left_alone_where_nothing_is_refused(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_ALLOW);
        policy_finish(&policy);
        assert_int_equal(judge_kind(CLASS_READ, OBJECT_ANONYMOUS, "pipe:[1]").action, ACTION_ALLOW);
}

static void pipe_of_another_process_is_refused_beside_a_deny(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_ALLOW);
        add(CLASS_READ, ACTION_DENY, "/secret");
        policy_finish(&policy);
        assert_int_equal(judge_kind(CLASS_READ, OBJECT_ANONYMOUS, "pipe:[1]").action, ACTION_DENY);
        object.own = true;
        assert_int_equal(policy_judge(&policy, CLASS_READ, &object, TGID).action, ACTION_ALLOW);
}

static void refusal_on_the_command_line_beats_a_closer_rule_of_a_file(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_ALLOW);
        add(CLASS_READ, ACTION_ALLOW, "/secret/shared");
        add(CLASS_READ, ACTION_DENY, "/secret");
        policy.rules[1].ad_hoc = true;
        policy_finish(&policy);
        assert_int_equal(judge(CLASS_READ, "/secret/shared/x"), ACTION_DENY);
        assert_int_equal(judge(CLASS_READ, "/other"), ACTION_ALLOW);
}

/* ---- sockets before they have an address ---- */

static enum action judge_socket(enum object_kind kind)
{
        return judge_kind(CLASS_CONNECT, kind, "inet").action;
}

static void assert_sockets(enum action all, enum action any)
{
        policy_finish(&policy);
        assert_int_equal(judge_socket(OBJECT_INET_ALL), all);
        assert_int_equal(judge_socket(OBJECT_INET_ANY), any);
}

static void inet_socket_is_refused_where_no_address_is_allowed(void **state)
{
        struct verdict verdict;

        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "/run/socket");
        assert_sockets(ACTION_DENY, ACTION_DENY);
        verdict = judge_kind(CLASS_CONNECT, OBJECT_INET_ALL, "inet");
        assert_null(verdict.rule);
        assert_int_equal(verdict.origin.line, 1000);
}

static void inet_socket_is_refused_by_the_rule_that_refuses_all(void **state)
{
        (void)state;
        add(CLASS_CONNECT, ACTION_DENY, "inet:10.0.0.0/8");
        add(CLASS_CONNECT, ACTION_DENY, "inet");
        assert_sockets(ACTION_DENY, ACTION_DENY);
        assert_ptr_equal(judge_kind(CLASS_CONNECT, OBJECT_INET_ALL, "inet").rule, &policy.rules[1]);
}

static void inet_socket_passes_where_one_address_is_allowed(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_DENY, "inet");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:127.0.0.1:5432");
        assert_sockets(ACTION_ALLOW, ACTION_DENY);
}

static void inet_socket_that_passes_is_not_logged(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_LOG);
        add(CLASS_CONNECT, ACTION_LOG, "inet");
        assert_sockets(ACTION_ALLOW, ACTION_ALLOW);
}

static void inet_allowed_over_a_refusing_default_opens_sockets(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_LOG, "inet");
        assert_sockets(ACTION_ALLOW, ACTION_DENY);
}

static void unnamed_way_is_refused_where_one_address_is(void **state)
{
        (void)state;
        add(CLASS_CONNECT, ACTION_KILL, "inet:10.0.0.1");
        assert_sockets(ACTION_ALLOW, ACTION_DENY);
        assert_ptr_equal(judge_kind(CLASS_CONNECT, OBJECT_INET_ANY, "packet").rule,
                         &policy.rules[0]);
}

static void sockets_pass_where_only_paths_are_refused(void **state)
{
        (void)state;
        add(CLASS_CONNECT, ACTION_DENY, "/run");
        add(CLASS_CONNECT, ACTION_DENY, "@**");
        assert_sockets(ACTION_ALLOW, ACTION_ALLOW);
}

static void equal_refusal_leaves_nothing_of_an_allowed_address(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:443");
        add(CLASS_CONNECT, ACTION_KILL, "inet:443");
        assert_sockets(ACTION_DENY, ACTION_DENY);
}

static void closer_refusal_leaves_the_rest_of_an_allowed_network(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:10.0.0.0/8");
        add(CLASS_CONNECT, ACTION_DENY, "inet:10.0.0.0/16");
        assert_sockets(ACTION_ALLOW, ACTION_DENY);
}

static void no_network_on_the_command_line_beats_allowed_addresses(void **state)
{
        (void)state;
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:127.0.0.1:5432");
        add(CLASS_CONNECT, ACTION_DENY, "inet");
        policy.rules[1].ad_hoc = true;
        assert_sockets(ACTION_DENY, ACTION_DENY);
        assert_ptr_equal(judge_kind(CLASS_CONNECT, OBJECT_INET_ALL, "inet").rule, &policy.rules[1]);
}

static void refused_network_of_the_command_line_leaves_the_others(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:10.1.0.0/16");
        add(CLASS_CONNECT, ACTION_ALLOW, "inet:192.168.0.1");
        add(CLASS_CONNECT, ACTION_DENY, "inet:10.0.0.0/8");
        policy.rules[2].ad_hoc = true;
        assert_sockets(ACTION_ALLOW, ACTION_DENY);
        policy.rules[1].action = ACTION_DENY;
        assert_int_equal(judge_socket(OBJECT_INET_ALL), ACTION_DENY);
}

static void protected_file_makes_its_classes_concern_and_refuse(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_LOG);
        policy_finish(&policy);
        assert_false(policy_concerns(&policy, CLASS_WRITE));
        policy_protect(&policy, "/log");
        assert_true(policy_concerns(&policy, CLASS_ATTR));
        assert_true(policy_refuses(&policy, CLASS_DELETE));
        assert_false(policy_refuses(&policy, CLASS_READ));
        assert_false(policy_denies(&policy));
        policy.calls_given = true;
        assert_false(policy_concerns(&policy, CLASS_WRITE));
}

/* ---- events ---- */

static void strictest_ask_decides(void **state)
{
        struct verdict verdict;

        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        set_default(CLASS_READ, ACTION_LOG);
        policy_finish(&policy);
        ask(CLASS_READ, "/a", false);
        ask(CLASS_WRITE, "/b", false);
        ask(CLASS_EXEC, "/c", false);
        verdict = decide();
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_int_equal(verdict.object, 1);
        assert_int_equal(verdict.class, CLASS_WRITE);
        assert_int_equal(verdict.err, EACCES);
}

static void later_class_is_named_on_a_tie(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_LOG);
        set_default(CLASS_READ, ACTION_LOG);
        policy_finish(&policy);
        ask(CLASS_CREATE, "/a", false);
        ask(CLASS_READ, "/a", false);
        ask(CLASS_WRITE, "/a", false);
        assert_int_equal(decide().class, CLASS_CREATE);
}

static void event_that_asks_for_nothing_is_allowed(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        event.error = -EPERM;
        assert_int_equal(decide().action, ACTION_ALLOW);
}

static void carry_counts_only_when_refused(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_LOG);
        add(CLASS_READ, ACTION_DENY, "/secret");
        policy_finish(&policy);
        ask(CLASS_READ, "/public", true);
        assert_int_equal(decide().action, ACTION_ALLOW);
        ask(CLASS_READ, "/secret/a", true);
        assert_int_equal(decide().action, ACTION_DENY);
}

static void nothing_is_carried_out_of_a_class_that_is_refused_everywhere(void **state)
{
        (void)state;
        set_default(CLASS_ATTR, ACTION_DENY);
        policy_finish(&policy);
        ask(CLASS_ATTR, "/a/b", true);
        assert_int_equal(policy_decide(&policy, &event).action, ACTION_ALLOW);
        policy_protect(&policy, "/a/b/record");
        assert_int_equal(policy_decide(&policy, &event).action, ACTION_DENY);
}

static void directory_that_holds_a_refused_path_is_not_carried(void **state)
{
        struct verdict verdict;

        (void)state;
        add(CLASS_READ, ACTION_DENY, "/home/u/.ssh");
        policy_finish(&policy);
        ask(CLASS_READ, "/home/u", true);
        verdict = decide();
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_ptr_equal(verdict.rule, &policy.rules[0]);
}

static void directory_that_may_hold_a_refused_name_is_not_carried(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_ALLOW);
        add(CLASS_READ, ACTION_DENY, "/home/**/*.key");
        policy_finish(&policy);
        ask(CLASS_READ, "/home/u/dir", true);
        assert_int_equal(decide().action, ACTION_DENY);
        event.nasks = event.nobjects = 0;
        ask(CLASS_READ, "/srv", true);
        assert_int_equal(decide().action, ACTION_ALLOW);
}

/* A file goes from object 0 to object 1; /shut and /kept are refused in that class, /open is not.
 */
static enum action decide_move(enum call_class class, const char *from, const char *to)
{
        event.nasks = event.nobjects = 0;
        ask(class, from, true);
        fill(&event.objects[event.nobjects++], OBJECT_PATH, to);
        event.objects[0].directory = false;
        event.asks[0].compared = true;
        event.asks[0].other = 1;
        return decide().action;
}

static void shut_and_open_names(enum call_class class)
{
        set_default(class, ACTION_ALLOW);
        add(class, ACTION_DENY, "/shut");
        add(class, ACTION_DENY, "/**/kept*");
        add(class, ACTION_KILL, "/killed");
        policy_finish(&policy);
}

static void what_is_refused_at_both_names_is_not_opened_by_going_there(void **state)
{
        (void)state;
        shut_and_open_names(CLASS_READ);
        assert_int_equal(decide_move(CLASS_READ, "/shut/a", "/shut/b"), ACTION_ALLOW);
        assert_int_equal(decide_move(CLASS_READ, "/shut/a", "/open/kept"), ACTION_ALLOW);
        assert_int_equal(decide_move(CLASS_READ, "/shut/a", "/killed"), ACTION_ALLOW);
        assert_int_equal(decide_move(CLASS_READ, "/open/a", "/shut/b"), ACTION_ALLOW);
}

static void what_is_refused_does_not_go_where_less_is(void **state)
{
        (void)state;
        shut_and_open_names(CLASS_EXEC);
        assert_int_equal(decide_move(CLASS_EXEC, "/shut/a", "/open/b"), ACTION_DENY);
        assert_int_equal(decide_move(CLASS_EXEC, "/open/kept", "/open/b"), ACTION_DENY);
        assert_int_equal(decide_move(CLASS_EXEC, "/killed", "/shut/a"), ACTION_KILL);
}

static void refusal_in_another_class_does_not_count(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_ALLOW);
        add(CLASS_READ, ACTION_DENY, "/a");
        add(CLASS_WRITE, ACTION_DENY, "/b");
        policy_finish(&policy);
        assert_int_equal(decide_move(CLASS_READ, "/a", "/b"), ACTION_DENY);
        assert_int_equal(decide_move(CLASS_WRITE, "/b", "/a"), ACTION_DENY);
}

static void directory_or_link_is_refused_whatever_holds_where_it_goes(void **state)
{
        (void)state;
        shut_and_open_names(CLASS_READ);
        for (unsigned at = 0; at < 2; at++) {
                decide_move(CLASS_READ, "/shut/a", "/shut/b");
                event.objects[at].directory = true;
                assert_int_equal(decide().action, ACTION_DENY);
                event.objects[at].directory = false;
                event.objects[at].link = true;
                assert_int_equal(decide().action, ACTION_DENY);
        }
}

static void name_that_is_not_known_whole_keeps_nothing_shut(void **state)
{
        (void)state;
        shut_and_open_names(CLASS_READ);
        decide_move(CLASS_READ, "/shut/a", "/shut/b");
        event.objects[1].deep = true;
        assert_int_equal(decide().action, ACTION_DENY);
        event.objects[1].deep = false;
        event.objects[1].error = -ENOTDIR;
        assert_int_equal(decide().action, ACTION_DENY);
}

static void guarded_file_goes_nowhere(void **state)
{
        (void)state;
        shut_and_open_names(CLASS_ATTR);
        policy_protect(&policy, "/shut/record");
        assert_int_equal(decide_move(CLASS_ATTR, "/shut/record", "/shut/b"), ACTION_DENY);
}

static void link_does_not_take_the_place_above_a_refused_name(void **state)
{
        (void)state;
        set_default(CLASS_CREATE, ACTION_ALLOW);
        add(CLASS_CREATE, ACTION_DENY, "/project/.git/hooks");
        add(CLASS_CREATE, ACTION_DENY, "/project/**/*.key");
        policy_finish(&policy);
        ask(CLASS_CREATE, "/project/.git", true);
        event.objects[0].directory = false;
        assert_int_equal(decide().action, ACTION_ALLOW);
        event.objects[0].link = true;
        assert_int_equal(decide().action, ACTION_DENY);
        event.nasks = event.nobjects = 0;
        ask(CLASS_CREATE, "/project/bin", true);
        event.objects[0].directory = false;
        event.objects[0].link = true;
        assert_int_equal(decide().action, ACTION_ALLOW);
}

static void sibling_of_a_refused_path_is_carried(void **state)
{
        (void)state;
        add(CLASS_WRITE, ACTION_DENY, "/p/.git/hooks");
        add(CLASS_WRITE, ACTION_DENY, "/p/*.lock");
        policy_finish(&policy);
        ask(CLASS_WRITE, "/p/src", true);
        ask(CLASS_WRITE, "/p/.git/hooksx", true);
        assert_int_equal(decide().action, ACTION_ALLOW);
        ask(CLASS_WRITE, "/p/.git", true);
        assert_int_equal(decide().action, ACTION_DENY);
}

static void file_is_carried_past_rules_for_what_is_below(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        add(CLASS_WRITE, ACTION_ALLOW, "/work/*");
        add(CLASS_WRITE, ACTION_DENY, "/work/**/.git/hooks/**");
        policy_finish(&policy);
        ask(CLASS_WRITE, "/work/file", true);
        event.objects[0].directory = false;
        assert_int_equal(decide().action, ACTION_ALLOW);
}

static void directory_allowed_without_its_contents_is_not_carried(void **state)
{
        struct verdict verdict;

        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        add(CLASS_WRITE, ACTION_ALLOW, "/work/*");
        add(CLASS_WRITE, ACTION_ALLOW, "/two/*");
        add(CLASS_WRITE, ACTION_ALLOW, "/two/*/*");
        add(CLASS_WRITE, ACTION_ALLOW, "/all/**");
        policy_finish(&policy);
        ask(CLASS_WRITE, "/all/dir", true);
        assert_int_equal(decide().action, ACTION_ALLOW);
        ask(CLASS_WRITE, "/work/dir", true);
        verdict = decide();
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_int_equal(verdict.origin.line, 1000);
        event.nasks = event.nobjects = 0;
        ask(CLASS_WRITE, "/two/dir", true);
        assert_int_equal(decide().action, ACTION_DENY);
}

static void undecodable_call_is_denied_with_its_own_errno(void **state)
{
        struct verdict verdict;

        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        event.call = calls_by_name("openat");
        event.undecodable = true;
        event.error = -EFAULT;
        verdict = decide();
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_int_equal(verdict.err, EFAULT);
        assert_null(verdict.rule);
}

static void undecodable_call_of_another_class_is_allowed(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        policy_finish(&policy);
        event.call = calls_by_name("unlink");
        event.undecodable = true;
        event.error = -EFAULT;
        assert_int_equal(decide().action, ACTION_ALLOW);
}

static void undecodable_call_is_logged_where_nothing_is_refused(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_LOG);
        policy_finish(&policy);
        event.call = calls_by_name("openat");
        event.undecodable = true;
        event.error = -EFAULT;
        assert_int_equal(decide().action, ACTION_LOG);
}

static void undecodable_carrier_is_denied(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_DENY, "/secret");
        policy_finish(&policy);
        event.call = calls_by_name("linkat");
        event.undecodable = true;
        event.error = -EFAULT;
        assert_int_equal(decide().action, ACTION_DENY);
}

static void unknown_call_is_denied_if_anything_is(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        policy_finish(&policy);
        event.undecodable = true;
        event.error = -ENOSYS;
        assert_int_equal(decide().action, ACTION_DENY);
        assert_int_equal(decide().err, ENOSYS);
}

static void error_with_known_objects_is_judged_by_them(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        add(CLASS_WRITE, ACTION_ALLOW, "/tmp");
        policy_finish(&policy);
        ask(CLASS_WRITE, "/tmp/a", false);
        event.error = event.objects[0].error = -ENOTDIR;
        assert_int_equal(decide().action, ACTION_ALLOW);
}

/* ---- permissive ---- */

static void permissive_logs_what_would_be_refused(void **state)
{
        struct verdict verdict;

        (void)state;
        policy.permissive = true;
        set_default(CLASS_WRITE, ACTION_DENY);
        add(CLASS_WRITE, ACTION_KILL, "/etc");
        add(CLASS_WRITE, ACTION_ALLOW, "/tmp");
        policy_finish(&policy);
        verdict = judge_kind(CLASS_WRITE, OBJECT_PATH, "/a");
        assert_int_equal(verdict.action, ACTION_LOG);
        assert_int_equal(verdict.would, ACTION_DENY);
        verdict = judge_kind(CLASS_WRITE, OBJECT_PATH, "/etc/a");
        assert_int_equal(verdict.action, ACTION_LOG);
        assert_int_equal(verdict.would, ACTION_KILL);
        verdict = judge_kind(CLASS_WRITE, OBJECT_PATH, "/tmp/a");
        assert_int_equal(verdict.action, ACTION_ALLOW);
        assert_int_equal(verdict.would, ACTION_ALLOW);
}

static void permissive_logs_undecodable_calls(void **state)
{
        (void)state;
        policy.permissive = true;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        event.call = calls_by_name("openat");
        event.undecodable = true;
        event.error = -EFAULT;
        assert_int_equal(decide().action, ACTION_LOG);
        assert_int_equal(decide().would, ACTION_DENY);
}

static void permissive_policy_denies_nothing(void **state)
{
        (void)state;
        policy.permissive = true;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        assert_false(policy_denies(&policy));
        assert_false(policy_refuses(&policy, CLASS_WRITE));
        assert_true(policy_concerns(&policy, CLASS_WRITE));
        assert_false(policy_closes(&policy, CALL_CONFINING, NULL));
        assert_true(policy_closes(&policy, CALL_BLINDING, NULL));
}

/* ---- errno ---- */

static void class_errno_beats_the_policys(void **state)
{
        (void)state;
        policy.err = EPERM;
        set_default(CLASS_WRITE, ACTION_DENY);
        set_default(CLASS_READ, ACTION_DENY);
        policy.classes[CLASS_READ].err = ENOENT;
        policy_finish(&policy);
        assert_int_equal(judge_kind(CLASS_WRITE, OBJECT_PATH, "/a").err, EPERM);
        assert_int_equal(judge_kind(CLASS_READ, OBJECT_PATH, "/a").err, ENOENT);
        assert_int_equal(judge_kind(CLASS_EXEC, OBJECT_PATH, "/a").err, 0);
}

/* ---- what the filter asks ---- */

static void allowed_class_concerns_nobody(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_ALLOW, "/a");
        add(CLASS_WRITE, ACTION_LOG, "/a");
        add(CLASS_EXEC, ACTION_DENY, "/a");
        policy_finish(&policy);
        assert_false(policy_concerns(&policy, CLASS_READ));
        assert_true(policy_concerns(&policy, CLASS_WRITE));
        assert_true(policy_concerns(&policy, CLASS_DELETE));
        assert_false(policy_refuses(&policy, CLASS_WRITE));
        assert_true(policy_refuses(&policy, CLASS_EXEC));
        assert_true(policy_denies(&policy));
}

static void watched_class_stops_though_no_rule_speaks_of_it(void **state)
{
        (void)state;
        policy.watched = CLASS_BIT(CLASS_READ);
        policy_finish(&policy);
        assert_true(policy_concerns(&policy, CLASS_READ));
        assert_false(policy_speaks(&policy, CLASS_READ));
        assert_false(policy_concerns(&policy, CLASS_DELETE));
        assert_true(policy_polices(&policy, calls_by_name("openat")));
        assert_false(policy_polices(&policy, calls_by_name("unlink")));
        assert_true(policy_closes(&policy, CALL_BLINDING, NULL));
        assert_false(policy_closes(&policy, CALL_CONFINING, NULL));
        assert_int_equal(judge(CLASS_READ, "/a"), ACTION_ALLOW);
}

static void class_is_recorded_if_none_of_it_is_silent(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_LOG);
        set_default(CLASS_WRITE, ACTION_LOG);
        add(CLASS_WRITE, ACTION_ALLOW, "/a");
        set_default(CLASS_EXEC, ACTION_DENY);
        policy_finish(&policy);
        assert_int_equal(policy_recorded(&policy), CLASS_BIT(CLASS_READ) | CLASS_BIT(CLASS_EXEC));
        policy.calls_given = true;
        policy.calls[policy.ncalls++] = calls_by_name("openat");
        assert_int_equal(policy_recorded(&policy), CLASS_BIT(CLASS_READ));
}

static void discard_is_a_refusal(void **state)
{
        (void)state;
        set_default(CLASS_OUTPUT, ACTION_DISCARD);
        policy_finish(&policy);
        assert_true(policy_refuses(&policy, CLASS_OUTPUT));
        assert_true(policy_denies(&policy));
        assert_int_equal(judge(CLASS_OUTPUT, "/a"), ACTION_DISCARD);
}

static void calls_stop_for_the_classes_they_ask_for(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_LOG);
        policy_finish(&policy);
        assert_true(policy_stops(&policy, calls_by_name("connect")));
        assert_false(policy_stops(&policy, calls_by_name("openat")));
        assert_false(policy_stops(&policy, calls_by_name("getpid")));
}

static void carriers_stop_for_refusals_alone(void **state)
{
        (void)state;
        set_default(CLASS_READ, ACTION_LOG);
        set_default(CLASS_EXEC, ACTION_LOG);
        policy_finish(&policy);
        assert_false(policy_stops(&policy, calls_by_name("renameat2")));
        teardown(NULL);
        setup(NULL);
        add(CLASS_READ, ACTION_DENY, "/a");
        policy_finish(&policy);
        assert_true(policy_stops(&policy, calls_by_name("renameat2")));
}

/* ---- processes outside of the run ---- */

static struct verdict judge_standing(enum standing standing)
{
        fill(&event.objects[0], OBJECT_PROCESS, "process 7");
        event.objects[0].standing = standing;
        event.nobjects = event.nasks = 1;
        event.asks[0] = (struct ask){.class = CLASS_PROCESS};
        event.call = calls_by_name("kill");
        return decide();
}

static void process_outside_is_refused_with_EPERM_whatever_the_errno(void **state)
{
        struct verdict verdict;

        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy.err = ENOENT;
        policy_finish(&policy);
        verdict = judge_standing(STANDS_OUTSIDE);
        assert_int_equal(verdict.action, ACTION_DENY);
        assert_int_equal(verdict.err, EPERM);
        assert_int_equal(verdict.class, CLASS_PROCESS);
        assert_string_equal(verdict.origin.file, "built-in");
}

static void process_inside_or_of_no_number_is_allowed(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        assert_int_equal(judge_standing(STANDS_INSIDE).action, ACTION_ALLOW);
        assert_int_equal(judge_standing(STANDS_NOWHERE).action, ACTION_ALLOW);
}

static void group_on_both_sides_is_recorded(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        assert_int_equal(judge_standing(STANDS_ON_BOTH).action, ACTION_LOG);
}

static void process_outside_is_allowed_where_nothing_is_closed(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_LOG);
        policy_finish(&policy);
        assert_int_equal(judge_standing(STANDS_OUTSIDE).action, ACTION_ALLOW);
        teardown(NULL);
        setup(NULL);
        set_default(CLASS_WRITE, ACTION_DENY);
        policy.permissive = true;
        policy_finish(&policy);
        assert_int_equal(judge_standing(STANDS_OUTSIDE).action, ACTION_ALLOW);
        assert_int_equal(judge_standing(STANDS_ON_BOTH).action, ACTION_ALLOW);
        teardown(NULL);
        setup(NULL);
        set_default(CLASS_WRITE, ACTION_DENY);
        policy.system[policy.nsystem++] = WORD_PROCESSES;
        policy_finish(&policy);
        assert_int_equal(judge_standing(STANDS_OUTSIDE).action, ACTION_ALLOW);
}

static struct verdict judge_proc_file(enum call_class class, bool memory)
{
        fill(&object, OBJECT_PATH, memory ? "/proc/7/mem" : "/proc/7/oom_score_adj");
        object.foreign = true;
        object.memory = memory;
        return policy_judge(&policy, class, &object, TGID);
}

static void proc_files_of_others_are_not_written_whatever_write_allows(void **state)
{
        (void)state;
        add(CLASS_WRITE, ACTION_ALLOW, "/proc");
        set_default(CLASS_CONNECT, ACTION_DENY);
        policy_finish(&policy);
        assert_int_equal(judge_proc_file(CLASS_WRITE, true).action, ACTION_DENY);
        assert_int_equal(judge_proc_file(CLASS_WRITE, false).action, ACTION_DENY);
        assert_int_equal(judge_proc_file(CLASS_READ, true).action, ACTION_ALLOW);
        assert_true(policy_stops(&policy, calls_by_name("openat")));
        assert_true(policy_stops(&policy, calls_by_name("creat")));
        assert_false(policy_stops(&policy, calls_by_name("renameat2")));
        assert_false(policy_stops(&policy, calls_by_name("mkdir")));
}

static void memory_of_others_is_not_read_where_reading_is_refused(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_DENY, "/secret");
        policy_finish(&policy);
        assert_int_equal(judge_proc_file(CLASS_READ, true).action, ACTION_DENY);
        assert_int_equal(judge_proc_file(CLASS_READ, false).action, ACTION_ALLOW);
}

static void word_ptrace_leaves_proc_to_the_rules(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        policy.system[policy.nsystem++] = WORD_PTRACE;
        policy_finish(&policy);
        assert_int_equal(judge_proc_file(CLASS_WRITE, true).action, ACTION_ALLOW);
        assert_false(policy_stops(&policy, calls_by_name("openat")));
}

static void where_the_kernel_holds_the_memory_of_others_no_open_stops_for_it(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        policy.backstop.processes = true;
        policy.pin = PIN_NEVER;
        policy_finish(&policy);
        assert_int_equal(judge_proc_file(CLASS_WRITE, false).action, ACTION_DENY);
        assert_false(policy_stops(&policy, calls_by_name("openat")));
}

/* Who opens the memory of others may change what they ask for. */
static void where_calls_are_pinned_opens_stop_that_could_reach_memory(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        policy.backstop.processes = true;
        policy_finish(&policy);
        assert_true(policy_stops(&policy, calls_by_name("openat")));
        assert_true(policy_trusts_memory(&policy));
}

static void names_are_kept_in_order_where_calls_are_pinned(void **state)
{
        (void)state;
        set_default(CLASS_CONNECT, ACTION_DENY);
        policy_finish(&policy);
        assert_true(policy_orders(&policy, calls_by_name("renameat2")));
        assert_true(policy_orders(&policy, calls_by_name("symlink")));
        assert_true(policy_orders(&policy, calls_by_name("chroot")));
        assert_false(policy_orders(&policy, calls_by_name("mount"))); /* is closed */
        assert_false(policy_orders(&policy, calls_by_name("mkdir")));
        assert_false(policy_stops(&policy, calls_by_name("renameat2")));
        policy.pin = PIN_NEVER;
        assert_false(policy_orders(&policy, calls_by_name("renameat2")));
}

/* In the place of a link that is gone O_CREAT makes a file. */
static void removals_are_kept_in_order_where_making_is_judged(void **state)
{
        (void)state;
        set_default(CLASS_CREATE, ACTION_DENY);
        policy_finish(&policy);
        assert_true(policy_orders(&policy, calls_by_name("unlink")));
        policy.backstop.held = CLASS_BIT(CLASS_CREATE);
        assert_false(policy_orders(&policy, calls_by_name("unlink")));
}

static void calls_that_could_be_refused_are_pinned(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        set_default(CLASS_OUTPUT, ACTION_LOG);
        policy_finish(&policy);
        assert_true(policy_pins_call(&policy, calls_by_name("openat")));
        assert_true(policy_pins_call(&policy, calls_by_name("chmod")));
        assert_false(policy_pins_call(&policy, calls_by_name("write")));
        policy.pin = PIN_ALWAYS;
        assert_true(policy_pins_call(&policy, calls_by_name("write")));
        assert_false(policy_pins_call(&policy, calls_by_name("clone")));
        policy.pin = PIN_NEVER;
        assert_false(policy_pins_call(&policy, calls_by_name("openat")));
}

static void memory_is_not_trusted_where_it_may_be_written(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy.system[policy.nsystem++] = WORD_PTRACE;
        policy_finish(&policy);
        assert_false(policy_trusts_memory(&policy));
        policy.nsystem = 0;
        assert_true(policy_trusts_memory(&policy));
        policy.calls_given = true;
        policy.calls[policy.ncalls++] = calls_by_name("openat");
        assert_false(policy_trusts_memory(&policy)); /* openat2 does not stop */
        policy.backstop.memory = true;
        assert_true(policy_trusts_memory(&policy));
}

/* Then calls are not closed that write to the memory of others. */
static void memory_is_not_trusted_where_nothing_is_refused(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_LOG);
        policy.pin = PIN_ALWAYS;
        policy_finish(&policy);
        assert_true(policy_pins(&policy));
        assert_false(policy_trusts_memory(&policy));
}

static void never_says_what_it_gives_up(void **state)
{
        (void)state;
        policy.pin = PIN_NEVER;
        assert_null(policy_unpinned(&policy));
        set_default(CLASS_WRITE, ACTION_DENY);
        policy_finish(&policy);
        assert_non_null(policy_unpinned(&policy));
        policy.pin = PIN_AUTO;
        assert_null(policy_unpinned(&policy));
}

static void listed_calls_stop_and_no_others(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy.calls_given = true;
        policy.calls[policy.ncalls++] = calls_by_name("write");
        policy_finish(&policy);
        assert_true(policy_stops(&policy, calls_by_name("write")));
        assert_false(policy_stops(&policy, calls_by_name("openat")));
}

static void blinding_calls_close_when_a_class_is_spoken_of(void **state)
{
        (void)state;
        policy_finish(&policy);
        assert_false(policy_closes(&policy, CALL_BLINDING, NULL));
        teardown(NULL);
        setup(NULL);
        set_default(CLASS_READ, ACTION_LOG);
        policy_finish(&policy);
        assert_true(policy_closes(&policy, CALL_BLINDING, NULL));
        policy.calls_given = true;
        assert_false(policy_closes(&policy, CALL_BLINDING, NULL));
}

static void confining_calls_close_when_a_rule_denies(void **state)
{
        (void)state;
        add(CLASS_READ, ACTION_LOG, "/a");
        policy_finish(&policy);
        assert_false(policy_closes(&policy, CALL_CONFINING, "ptrace"));
        teardown(NULL);
        setup(NULL);
        add(CLASS_READ, ACTION_DENY, "/a");
        policy.calls_given = true;
        policy_finish(&policy);
        assert_true(policy_closes(&policy, CALL_CONFINING, "ptrace"));
        assert_true(policy_closes(&policy, CALL_BLINDING, NULL));
        assert_false(policy_closes(&policy, CALL_HARMLESS, NULL));
        assert_false(policy_closes(&policy, CALL_POLICED, NULL));
}

static void word_opens_its_calls_alone(void **state)
{
        (void)state;
        set_default(CLASS_WRITE, ACTION_DENY);
        policy.system[policy.nsystem++] = "ptrace";
        policy_finish(&policy);
        assert_false(policy_closes(&policy, CALL_CONFINING, "ptrace"));
        assert_true(policy_closes(&policy, CALL_CONFINING, "mount"));
        assert_true(policy_closes(&policy, CALL_CONFINING, NULL));
}

/* ---- explanations ---- */

static void matches_come_most_specific_first(void **state)
{
        const struct rule *found[2];

        (void)state;
        add(CLASS_READ, ACTION_ALLOW, "/");
        add(CLASS_READ, ACTION_LOG, "/a/b");
        add(CLASS_READ, ACTION_DENY, "/a/b");
        add(CLASS_READ, ACTION_ALLOW, "/a");
        add(CLASS_READ, ACTION_ALLOW, "/x");
        policy_finish(&policy);
        fill(&object, OBJECT_PATH, "/a/b/c");
        assert_int_equal(policy_matches(&policy, CLASS_READ, &object, TGID, found, 2), 4);
        assert_ptr_equal(found[0], &policy.rules[2]);
        assert_ptr_equal(found[1], &policy.rules[1]);
        assert_int_equal(policy_matches(&policy, CLASS_READ, &object, TGID, NULL, 0), 4);
}

static void origin_shows_file_and_line(void **state)
{
        char buf[32];

        (void)state;
        assert_int_equal(origin_format(&(struct origin){"web.ini", 12}, buf, sizeof(buf)), 10);
        assert_string_equal(buf, "web.ini:12");
        assert_int_equal(origin_format(&(struct origin){"built-in", 0}, buf, sizeof(buf)), 8);
        assert_string_equal(buf, "built-in");
        assert_int_equal(origin_format(&(struct origin){NULL, 0}, buf, sizeof(buf)), 0);
        assert_int_equal(origin_format(&(struct origin){"web.ini", 12}, buf, 5), 4);
        assert_string_equal(buf, "web.");
}

/* ---- the index against the obvious way ---- */

static unsigned seed = 1;

static unsigned dice(unsigned sides)
{
        seed = seed * 1103515245u + 12345u;
        return (seed >> 16) % sides;
}

static void random_path(char *buf, bool pattern)
{
        static const char *const names[] = {"a",  "b",    "ab", "a\\*", "*",     "**",     "?",
                                            "a*", "[ab]", "*b", "?b",   "[ab]b", "*\\\\b", "a]b"};
        unsigned n = 1 + dice(5);

        buf[0] = '\0';
        if (dice(4) == 0)
                strcat(buf, dice(2) ? "/proc/self" : "/proc/4711");
        while (n--) {
                strcat(buf, "/");
                strcat(buf, names[dice(pattern ? ARRAY_SIZE(names) : 3)]);
        }
}

static void random_rules(unsigned n)
{
        char one[256], other[256];

        for (unsigned i = 0; i < n; i++) {
                random_path(one, dice(3) == 0);
                random_path(other, dice(3) == 0);
                add_spelled(dice(2) ? CLASS_READ : CLASS_WRITE, dice(ACTION_COUNT), one,
                            dice(3) ? NULL : other);
        }
}

static void index_agrees_with_all_rules_tried(void **state)
{
        const struct rule *found[1];
        char path[256];

        (void)state;
        for (unsigned round = 0; round < 200; round++) {
                random_rules(1 + dice(60));
                policy_finish(&policy);
                for (unsigned i = 0; i < 200; i++) {
                        enum call_class class = dice(2) ? CLASS_READ : CLASS_DELETE;
                        size_t n;

                        random_path(path, false);
                        fill(&object, OBJECT_PATH, path);
                        n = policy_matches(&policy, class, &object, TGID, found, 1);
                        assert_ptr_equal(policy_judge(&policy, class, &object, TGID).rule,
                                         n ? found[0] : NULL);
                }
                teardown(NULL);
                setup(NULL);
        }
}

static void random_address(char *buf, size_t size, bool pattern)
{
        unsigned bits = 8 * (1 + dice(4));

        if (dice(4) == 0)
                snprintf(buf, size, "inet:[2001::%u]%s", dice(3), pattern && dice(2) ? "" : ":80");
        else if (pattern && dice(3) == 0)
                snprintf(buf, size, "inet:%u", 80 + dice(2));
        else if (pattern && dice(2) == 0)
                snprintf(buf, size, "inet:10.0.%u.0/%u", bits > 16 ? dice(2) : 0,
                         bits > 24 ? 24 : bits);
        else
                snprintf(buf, size, "inet:10.0.%u.%u:%u", dice(2), dice(2), 80 + dice(2));
}

static void inet_index_agrees_with_all_rules_tried(void **state)
{
        const struct rule *found[1];
        char text[64];

        (void)state;
        for (unsigned round = 0; round < 100; round++) {
                for (unsigned i = dice(20); i > 0; i--) {
                        random_address(text, sizeof(text), true);
                        add(CLASS_CONNECT, dice(ACTION_COUNT), text);
                }
                policy_finish(&policy);
                for (unsigned i = 0; i < 100; i++) {
                        size_t n;

                        random_address(text, sizeof(text), false);
                        (void)judge_inet(text + strlen("inet:"));
                        n = policy_matches(&policy, CLASS_CONNECT, &object, TGID, found, 1);
                        assert_ptr_equal(policy_judge(&policy, CLASS_CONNECT, &object, TGID).rule,
                                         n ? found[0] : NULL);
                }
                teardown(NULL);
                setup(NULL);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(unspoken_class_is_allowed_by_nobody),
                TEST(default_decides_where_no_rule_matches),
                TEST(rule_decides_for_its_path_and_below),
                TEST(longer_path_beats_shorter_in_any_order),
                TEST(wildcard_with_longer_literal_part_beats_subtree),
                TEST(longer_subtree_beats_wildcard),
                TEST(path_beats_wildcard_of_equal_length),
                TEST(tie_goes_to_the_strictest),
                TEST(escaped_bytes_count_once),
                TEST(root_rule_covers_everything),
                TEST(both_spellings_match),
                TEST(own_proc_directory_matches_proc_self),
                TEST(closer_of_both_proc_names_decides),
                TEST(create_delete_attr_follow_write),
                TEST(own_section_follows_nobody),
                TEST(read_and_exec_follow_nobody),
                TEST(deleted_file_is_judged_by_the_name_it_had),
                TEST(anonymous_object_gets_the_default),
                TEST(own_anonymous_object_is_never_refused),
                TEST(terminal_is_open_in_the_ways_in_which_it_is_held),
                TEST(family_matches_no_pattern),
                TEST(abstract_name_matches_exactly_or_by_wildcard),
                TEST(abstract_name_may_hold_nul),
                TEST(inet_covers_every_address),
                TEST(inet_host_beats_port_beats_inet),
                TEST(inet_takes_ipv6_in_all_forms),
                TEST(ipv4_is_the_same_mapped_into_ipv6),
                TEST(ipv6_range_does_not_cover_ipv4),
                TEST(bad_addresses_are_refused),
                TEST(only_connect_takes_addresses),
                TEST(protected_file_cannot_be_changed_by_any_rule),
                TEST(older_parts_of_the_record_are_protected_too),
                TEST(directory_of_protected_file_cannot_be_moved_away),
                TEST(removing_the_directory_of_a_protected_file_is_left_to_the_kernel),
                TEST(pipe_of_another_process_is_left_alone_where_nothing_is_refused),
                TEST(pipe_of_another_process_is_refused_beside_a_deny),
                TEST(refusal_on_the_command_line_beats_a_closer_rule_of_a_file),
                TEST(inet_socket_is_refused_where_no_address_is_allowed),
                TEST(inet_socket_is_refused_by_the_rule_that_refuses_all),
                TEST(inet_socket_passes_where_one_address_is_allowed),
                TEST(inet_socket_that_passes_is_not_logged),
                TEST(inet_allowed_over_a_refusing_default_opens_sockets),
                TEST(unnamed_way_is_refused_where_one_address_is),
                TEST(sockets_pass_where_only_paths_are_refused),
                TEST(equal_refusal_leaves_nothing_of_an_allowed_address),
                TEST(closer_refusal_leaves_the_rest_of_an_allowed_network),
                TEST(no_network_on_the_command_line_beats_allowed_addresses),
                TEST(refused_network_of_the_command_line_leaves_the_others),
                TEST(protected_file_makes_its_classes_concern_and_refuse),
                TEST(strictest_ask_decides),
                TEST(later_class_is_named_on_a_tie),
                TEST(event_that_asks_for_nothing_is_allowed),
                TEST(carry_counts_only_when_refused),
                TEST(what_is_refused_at_both_names_is_not_opened_by_going_there),
                TEST(what_is_refused_does_not_go_where_less_is),
                TEST(refusal_in_another_class_does_not_count),
                TEST(directory_or_link_is_refused_whatever_holds_where_it_goes),
                TEST(name_that_is_not_known_whole_keeps_nothing_shut),
                TEST(guarded_file_goes_nowhere),
                TEST(link_does_not_take_the_place_above_a_refused_name),
                TEST(nothing_is_carried_out_of_a_class_that_is_refused_everywhere),
                TEST(directory_that_holds_a_refused_path_is_not_carried),
                TEST(directory_that_may_hold_a_refused_name_is_not_carried),
                TEST(sibling_of_a_refused_path_is_carried),
                TEST(file_is_carried_past_rules_for_what_is_below),
                TEST(directory_allowed_without_its_contents_is_not_carried),
                TEST(undecodable_call_is_denied_with_its_own_errno),
                TEST(undecodable_call_of_another_class_is_allowed),
                TEST(undecodable_call_is_logged_where_nothing_is_refused),
                TEST(undecodable_carrier_is_denied),
                TEST(unknown_call_is_denied_if_anything_is),
                TEST(error_with_known_objects_is_judged_by_them),
                TEST(permissive_logs_what_would_be_refused),
                TEST(permissive_logs_undecodable_calls),
                TEST(permissive_policy_denies_nothing),
                TEST(class_errno_beats_the_policys),
                TEST(allowed_class_concerns_nobody),
                TEST(watched_class_stops_though_no_rule_speaks_of_it),
                TEST(class_is_recorded_if_none_of_it_is_silent),
                TEST(discard_is_a_refusal),
                TEST(calls_stop_for_the_classes_they_ask_for),
                TEST(carriers_stop_for_refusals_alone),
                TEST(process_outside_is_refused_with_EPERM_whatever_the_errno),
                TEST(process_inside_or_of_no_number_is_allowed),
                TEST(group_on_both_sides_is_recorded),
                TEST(process_outside_is_allowed_where_nothing_is_closed),
                TEST(proc_files_of_others_are_not_written_whatever_write_allows),
                TEST(memory_of_others_is_not_read_where_reading_is_refused),
                TEST(word_ptrace_leaves_proc_to_the_rules),
                TEST(where_the_kernel_holds_the_memory_of_others_no_open_stops_for_it),
                TEST(where_calls_are_pinned_opens_stop_that_could_reach_memory),
                TEST(names_are_kept_in_order_where_calls_are_pinned),
                TEST(removals_are_kept_in_order_where_making_is_judged),
                TEST(calls_that_could_be_refused_are_pinned),
                TEST(memory_is_not_trusted_where_it_may_be_written),
                TEST(memory_is_not_trusted_where_nothing_is_refused),
                TEST(never_says_what_it_gives_up),
                TEST(listed_calls_stop_and_no_others),
                TEST(blinding_calls_close_when_a_class_is_spoken_of),
                TEST(confining_calls_close_when_a_rule_denies),
                TEST(word_opens_its_calls_alone),
                TEST(matches_come_most_specific_first),
                TEST(origin_shows_file_and_line),
                TEST(index_agrees_with_all_rules_tried),
                TEST(inet_index_agrees_with_all_rules_tried),
        };

        return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
