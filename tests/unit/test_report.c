/* test_report.c: what report.c puts into its page: whatever the command supplied, one JSON document
 * and no markup. How the page shows it is tested in a browser: tests/live/test_report.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "calls.h"
#include "report.h"
#include "report_json.h"
#include "report_page.h"
#include "util.h"
#include "../strict.h"

static struct words words(const char *text)
{
        return (struct words){text, strlen(text)};
}

static struct fact opened(const char *path)
{
        return (struct fact){.kind = FACT_CALL,
                             .tgid = 7,
                             .tid = 7,
                             .comm = words("cat"),
                             .call = calls_by_name("openat"),
                             .class = CLASS_READ,
                             .action = ACTION_LOG,
                             .would = ACTION_LOG,
                             .has_result = true,
                             .has_flags = true,
                             .flags = O_RDONLY | O_CLOEXEC,
                             .path = words(path)};
}

/* The page of these facts. */
static char *page_of(const struct fact *facts, size_t n, size_t *len)
{
        struct audit *audit = audit_new(&(struct audit_options){0});
        char *page = NULL;
        FILE *out = open_memstream(&page, len);

        assert_non_null(out);
        for (size_t i = 0; i < n; i++)
                audit_add(audit, &facts[i]);
        audit_settle(audit);
        report_write(out, audit, "/usr/bin");
        assert_int_equal(fclose(out), 0);
        audit_free(audit);
        return page;
}

/* Its document alone, as one line. */
static char *data_of(const struct fact *facts, size_t n)
{
        size_t len;
        cleanup_free char *page = page_of(facts, n, &len);
        size_t data_len = len - report_page_head_len - report_page_tail_len;
        char *data = xcalloc(1, data_len + 2);

        assert_true(len > report_page_head_len + report_page_tail_len);
        assert_memory_equal(page, report_page_head, report_page_head_len);
        assert_memory_equal(page + len - report_page_tail_len, report_page_tail,
                            report_page_tail_len);
        memcpy(data, page + report_page_head_len, data_len);
        data[data_len] = '\n';
        return data;
}

static void assert_holds(const struct fact *facts, size_t n, const char *part)
{
        cleanup_free char *data = data_of(facts, n);

        if (!strstr(data, part))
                fail_msg("no %s in %s", part, data);
}

static void page_is_whole_and_the_data_stand_in_their_element(void **state)
{
        static const char element[] = "<script type=\"application/json\" id=\"data\">";
        size_t len;
        cleanup_free char *page = page_of(NULL, 0, &len);

        (void)state;
        assert_memory_equal(page, "<!doctype html>\n", 16);
        assert_memory_equal(page + len - 8, "</html>\n", 8);
        assert_memory_equal(page + report_page_head_len - strlen(element), element,
                            strlen(element));
        assert_memory_equal(report_page_tail, "</script>\n", 10);
}

static void page_allows_no_script_but_its_own_and_no_request(void **state)
{
        size_t len;
        cleanup_free char *page = page_of(NULL, 0, &len);
        const char *policy = strstr(page, "http-equiv=\"Content-Security-Policy\" "
                                          "content=\"default-src 'none'; "
                                          "style-src 'sha256-");

        (void)state;
        assert_non_null(policy);
        assert_non_null(strstr(policy, "script-src 'sha256-"));
        assert_null(strstr(page, "unsafe-inline"));
        assert_null(strstr(page, "http:"));
        assert_null(strstr(page, "https:"));
        assert_true(policy < strstr(page, "<style"));
        assert_true(policy < strstr(page, "<script"));
}

static void run_without_a_fact_is_valid_json(void **state)
{
        cleanup_free char *data = data_of(NULL, 0);

        (void)state;
        assert_true(strict_record(data, strlen(data)));
        assert_non_null(strstr(data, "\"changes\":[]"));
}

/* Every byte but NUL, in every place that takes names. */
static void no_byte_of_the_command_becomes_markup(void **state)
{
        char name[256] = "/";
        struct fact facts[5];
        cleanup_free char *data = NULL;

        (void)state;
        for (int i = 1; i < 255; i++)
                name[i] = (char)i;
        facts[0] = (struct fact){.kind = FACT_START,
                                 .argv = {name, 256},
                                 .policies = {name, 256},
                                 .host = words(name),
                                 .run = words(name),
                                 .cwd = words(name),
                                 .home = words(name),
                                 .states_changes = true};
        facts[1] = (struct fact){.kind = FACT_EXEC,
                                 .tgid = 7,
                                 .tid = 7,
                                 .comm = words(name + 0x30),
                                 .path = words(name),
                                 .argv = {name, 256}};
        facts[2] = opened(name);
        facts[2].rule = facts[2].to = words(name);
        facts[2].comm = words("</script><!--");
        facts[3] = (struct fact){.kind = FACT_CHANGE,
                                 .change = {.kind = CHANGE_RENAMED,
                                            .path = words(name),
                                            .from = words(name),
                                            .target = words(name),
                                            .after.mode = S_IFLNK | 0777}};
        facts[4] = (struct fact){.kind = FACT_END};
        data = data_of(facts, ARRAY_SIZE(facts));
        assert_true(strict_record(data, strlen(data)));
        assert_int_equal(strcspn(data, "<>&"), strlen(data));
        assert_non_null(strstr(data, "\"\\u003c/script\\u003e\\u003c!--\""));
}

static void bytes_that_are_not_utf8_are_given_exactly(void **state)
{
        struct fact facts[] = {opened("/a\xff<"), opened("/a\xfe<"), opened("/fine")};

        (void)state;
        assert_holds(facts, ARRAY_SIZE(facts),
                     "\"paths\":[[\"/a\ufffd\\u003c\",\"2f61ff3c\"],"
                     "[\"/a\ufffd\\u003c\",\"2f61fe3c\"],\"/fine\"]");
}

static void longest_argument_is_cut_and_says_so(void **state)
{
        cleanup_free char *argument = xcalloc(1, JSON_SHOWN_MAX + 2);
        struct fact fact = {.kind = FACT_START};
        cleanup_free char *data = NULL;

        (void)state;
        memset(argument, '\x01', JSON_SHOWN_MAX + 1);
        fact.argv = (struct words){argument, JSON_SHOWN_MAX + 2};
        data = data_of(&fact, 1);
        assert_true(strict_record(data, strlen(data)));
        assert_non_null(strstr(data, "\\u0001\u2026\"]"));
}

/* The longest escapes, and the bytes once more. */
static void longest_argument_that_is_not_utf8_fits(void **state)
{
        cleanup_free char *argument = xcalloc(1, JSON_SHOWN_MAX + 1);
        struct fact fact = {.kind = FACT_START};
        cleanup_free char *data = NULL;

        (void)state;
        memset(argument, '\x01', JSON_SHOWN_MAX);
        argument[JSON_SHOWN_MAX - 1] = '\xff';
        fact.argv = (struct words){argument, JSON_SHOWN_MAX + 1};
        data = data_of(&fact, 1);
        assert_true(strict_record(data, strlen(data)));
        assert_non_null(strstr(data, "\\u0001\ufffd\",\"0101"));
        assert_non_null(strstr(data, "0101ff\"]]"));
}

static void touches_of_one_way_share_it(void **state)
{
        struct fact facts[] = {opened("/one"), opened("/two"), opened("/three")};

        (void)state;
        facts[2].action = facts[2].would = ACTION_DENY;
        facts[2].result = -EACCES;
        facts[2].rule = words("x.ini:3");
        assert_holds(facts, ARRAY_SIZE(facts), "\"way\":[0,0,1]");
        assert_holds(facts, ARRAY_SIZE(facts),
                     "\"ways\":[[\"openat\",\"O_RDONLY|O_CLOEXEC\",\"\",-1,0,2,0,1,1,1],"
                     "[\"openat\",\"O_RDONLY|O_CLOEXEC\",\"EACCES\",0,13,2,0,1,3,3]]");
}

static void result_that_is_not_known_is_told_from_success(void **state)
{
        struct fact fact = opened("/one");

        (void)state;
        fact.has_result = false;
        assert_holds(&fact, 1, "[[\"openat\",\"O_RDONLY|O_CLOEXEC\",\"\",-1,-1,");
}

static void times_count_from_the_touch_before(void **state)
{
        struct fact facts[] = {opened("/one"), opened("/two"), opened("/one")};

        (void)state;
        facts[1].time.tv_nsec = 5000;
        facts[2].time.tv_nsec = 9000;
        assert_holds(facts, ARRAY_SIZE(facts), "\"after\":[0,5]");
        assert_holds(facts, ARRAY_SIZE(facts), "\"lasted\":[9,0]");
        assert_holds(facts, ARRAY_SIZE(facts), "\"count\":[2,1]");
}

static void change_says_what_was_and_what_is(void **state)
{
        struct fact facts[] = {
                {.kind = FACT_START, .states_changes = true},
                {.kind = FACT_CHANGE,
                 .change = {.kind = CHANGE_MODIFIED,
                            .path = words("/usr/bin/x"),
                            .before = {S_IFREG | 0644, 1, 2, 3},
                            .after = {S_IFREG | 04755, 0, 0, 4},
                            .attributes = CHANGED_MODE | CHANGED_OWNER}},
                {.kind = FACT_CHANGE,
                 .change = {.kind = CHANGE_DELETED,
                            .path = words("/y"),
                            .before = {S_IFDIR | 0755, 0, 0, 4096}}},
        };

        (void)state;
        assert_holds(facts, ARRAY_SIZE(facts),
                     "\"changes\":[[1,\"/usr/bin/x\",\"\",\"\",[33188,1,2,3],[35309,0,0,4],"
                     "[\"mode\",\"owner\"],\"set-user-ID program\",0],"
                     "[2,\"/y\",\"\",\"\",[16877,0,0,4096],[],[],\"\",0]]");
}

static void full_disk_is_left_in_the_stream(void **state)
{
        struct audit *audit = audit_new(&(struct audit_options){0});
        cleanup_file FILE *out = fopen("/dev/full", "w");

        (void)state;
        assert_non_null(out);
        audit_settle(audit);
        report_write(out, audit, NULL);
        assert_true(fflush(out) != 0 || ferror(out));
        audit_free(audit);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(page_is_whole_and_the_data_stand_in_their_element),
                cmocka_unit_test(page_allows_no_script_but_its_own_and_no_request),
                cmocka_unit_test(run_without_a_fact_is_valid_json),
                cmocka_unit_test(no_byte_of_the_command_becomes_markup),
                cmocka_unit_test(bytes_that_are_not_utf8_are_given_exactly),
                cmocka_unit_test(longest_argument_is_cut_and_says_so),
                cmocka_unit_test(longest_argument_that_is_not_utf8_fits),
                cmocka_unit_test(touches_of_one_way_share_it),
                cmocka_unit_test(result_that_is_not_known_is_told_from_success),
                cmocka_unit_test(times_count_from_the_touch_before),
                cmocka_unit_test(change_says_what_was_and_what_is),
                cmocka_unit_test(full_disk_is_left_in_the_stream),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
