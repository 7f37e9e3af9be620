/* test_privileges.c: the table of capabilities, and which of them a policy takes away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/capability.h>
#include <string.h>

#include "privileges.h"
#include "util.h"

static struct policy policy;

static int setup(void **state)
{
        (void)state;
        policy_init(&policy);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        policy_fini(&policy);
        return 0;
}

static void deny(enum call_class class)
{
        policy.classes[class].spoken = policy.classes[class].own = true;
        policy.classes[class].has_fallback = true;
        policy.classes[class].fallback = ACTION_DENY;
}

static void open_word(const char *word)
{
        policy.system[policy.nsystem++] = word;
}

static bool loses(int capability)
{
        return privileges_lost(&policy) >> capability & 1;
}

/* ---- the table ---- */

static void every_capability_has_one_row(void **state)
{
        size_t n;
        const struct capability *table = privileges_table(&n);

        (void)state;
        assert_int_equal(n, CAP_LAST_CAP + 1);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(table[i].number, i);
}

static void every_row_has_a_name_and_a_reason(void **state)
{
        size_t n;
        const struct capability *table = privileges_table(&n);

        (void)state;
        for (size_t i = 0; i < n; i++) {
                assert_int_equal(strncmp(table[i].name, "CAP_", 4), 0);
                assert_true(strlen(table[i].why) > 0);
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(table[i].name, table[j].name);
        }
}

static void every_word_opens_a_closed_call(void **state)
{
        const char *words[POLICY_CALLS];
        size_t n, nwords = calls_system_words(words, ARRAY_SIZE(words));
        const struct capability *table = privileges_table(&n);

        (void)state;
        for (size_t i = 0; i < n; i++) {
                assert_null(table[i].words[CAPABILITY_WORDS - 1]);
                assert_true(table[i].undoes || !table[i].words[0]);
                for (size_t j = 0; table[i].words[j]; j++) {
                        size_t found = 0;

                        for (size_t k = 0; k < nwords; k++)
                                found += !strcmp(words[k], table[i].words[j]);
                        if (found != 1)
                                fail_msg("%s: no call has the word '%s'", table[i].name,
                                         table[i].words[j]);
                }
        }
}

/* ---- what is lost ---- */

static void nothing_is_lost_where_nothing_is_denied(void **state)
{
        (void)state;
        policy_finish(&policy);
        assert_true(privileges_lost(&policy) == 0);
        assert_true(privileges_dropped(&policy) == 0);
        assert_false(privileges_forbid_cores(&policy));
}

static void nothing_is_lost_in_permissive_mode(void **state)
{
        (void)state;
        deny(CLASS_WRITE);
        policy.permissive = true;
        policy_finish(&policy);
        assert_true(privileges_lost(&policy) == 0);
        assert_false(privileges_forbid_cores(&policy));
}

static void word_capabilities_keeps_them_all(void **state)
{
        (void)state;
        deny(CLASS_WRITE);
        open_word(WORD_CAPABILITIES);
        policy_finish(&policy);
        assert_true(privileges_lost(&policy) == 0);
        assert_true(privileges_forbid_cores(&policy));
}

static void any_denial_takes_what_undoes_every_rule(void **state)
{
        (void)state;
        deny(CLASS_EXEC);
        policy_finish(&policy);
        assert_true(loses(CAP_SYS_ADMIN));
        assert_true(loses(CAP_SYS_MODULE));
        assert_true(loses(CAP_MKNOD));
        assert_false(loses(CAP_CHOWN));
        assert_false(loses(CAP_DAC_OVERRIDE));
        assert_false(loses(CAP_SETUID));
        assert_false(loses(CAP_NET_ADMIN));
        assert_false(loses(CAP_SYS_RESOURCE));
        assert_false(privileges_forbid_cores(&policy));
}

static void network_goes_with_connect_rules(void **state)
{
        (void)state;
        deny(CLASS_CONNECT);
        policy_finish(&policy);
        assert_true(loses(CAP_NET_ADMIN));
        assert_true(loses(CAP_NET_RAW));
        assert_false(loses(CAP_NET_BIND_SERVICE));
}

static void limits_go_with_the_core_files(void **state)
{
        (void)state;
        deny(CLASS_CREATE);
        policy_finish(&policy);
        assert_true(privileges_forbid_cores(&policy));
        assert_true(loses(CAP_SYS_RESOURCE));
}

static void word_keeps_its_capabilities_alone(void **state)
{
        uint64_t without, with;

        (void)state;
        deny(CLASS_CONNECT);
        policy_finish(&policy);
        without = privileges_lost(&policy);
        open_word("bpf");
        with = privileges_lost(&policy);
        assert_true((without & ~with) == (UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_PERFMON |
                                          UINT64_C(1) << CAP_NET_ADMIN));
        assert_true((with & ~without) == 0);
}

static void capability_that_the_table_does_not_know_is_lost(void **state)
{
        (void)state;
        deny(CLASS_READ);
        policy_finish(&policy);
        for (int i = CAP_LAST_CAP + 1; i < 64; i++)
                assert_true(loses(i));
}

static void words_of_the_language_are_those_of_calls_and_one_more(void **state)
{
        const char *calls[POLICY_CALLS], *words[POLICY_CALLS] = {0};
        size_t n = calls_system_words(calls, POLICY_CALLS);

        (void)state;
        assert_int_equal(policy_system_words(words, POLICY_CALLS), n + 1);
        assert_string_equal(words[n], WORD_CAPABILITIES);
        assert_int_equal(policy_system_words(words, 2), 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_capability_has_one_row),
                cmocka_unit_test(every_row_has_a_name_and_a_reason),
                cmocka_unit_test(every_word_opens_a_closed_call),
                cmocka_unit_test_setup_teardown(nothing_is_lost_where_nothing_is_denied, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(nothing_is_lost_in_permissive_mode, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(word_capabilities_keeps_them_all, setup, teardown),
                cmocka_unit_test_setup_teardown(any_denial_takes_what_undoes_every_rule, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(network_goes_with_connect_rules, setup, teardown),
                cmocka_unit_test_setup_teardown(limits_go_with_the_core_files, setup, teardown),
                cmocka_unit_test_setup_teardown(word_keeps_its_capabilities_alone, setup, teardown),
                cmocka_unit_test_setup_teardown(capability_that_the_table_does_not_know_is_lost,
                                                setup, teardown),
                cmocka_unit_test(words_of_the_language_are_those_of_calls_and_one_more),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
