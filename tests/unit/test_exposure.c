/* test_exposure.c: what others could change of a call after it was judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "exposure.h"
#include "shares.h"

enum { LEADER = 101, OTHER, THREAD };

static struct threads *threads;
static struct thread *leader, *other, *thread;
static struct event event;
static bool in_private;

/* In place of tracee_maps.c. */
int tracee_open_maps(pid_t tid)
{
        (void)tid;
        return -1;
}

bool tracee_is_private(const struct tracee *t, int maps, const struct tracee_reads *reads)
{
        (void)t;
        (void)maps;
        (void)reads;
        return in_private;
}

static struct thread *add(pid_t tid, pid_t tgid)
{
        struct thread *new = threads_add(threads, tid);

        new->tgid = tgid;
        shares_first(new);
        return new;
}

/* As if the kernel had told so; tear_down() puts it right again. */
static struct shared *own[SHARE_COUNT];

static void share(enum share what)
{
        struct shared *of_leader = leader->shared[what];

        leader->shared[what] = other->shared[what];
        own[what] = of_leader;
        shares_take_over(thread, leader);
}

static int set_up(void **state)
{
        (void)state;
        threads = threads_new();
        leader = add(LEADER, LEADER);
        other = add(OTHER, OTHER);
        thread = add(THREAD, LEADER);
        memset(own, 0, sizeof(own));
        event.nobjects = event.nasks = event.by = 0;
        in_private = true;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (enum share what = 0; what < SHARE_COUNT; what++)
                if (own[what])
                        leader->shared[what] = own[what];
        shares_gone(threads, leader);
        shares_gone(threads, other);
        shares_gone(threads, thread);
        threads_free(threads);
        return 0;
}

static enum exposure exposure(struct thread *of, bool trusted)
{
        struct tracee t = {.tid = of->tid, .tgid = of->tgid};

        return exposure_of(threads, of, &t, &event, trusted);
}

static void one_that_shares_nothing_is_exposed_to_nobody(void **state)
{
        (void)state;
        event.by = EVENT_BY_FILES | EVENT_BY_PLACES;
        assert_int_equal(exposure(leader, true), EXPOSED_TO_NOBODY);
}

static void text_in_a_file_is_exposed_as_text(void **state)
{
        (void)state;
        in_private = false;
        assert_int_equal(exposure(leader, true), EXPOSED_AS_TEXT);
}

static void where_others_write_to_memory_all_are_to_be_held(void **state)
{
        (void)state;
        assert_int_equal(exposure(leader, false), EXPOSED_TO_ALL);
        shares_set_written(leader);
        assert_int_equal(exposure(leader, true), EXPOSED_TO_ALL);
}

static void shared_directory_matters_only_to_names_that_start_there(void **state)
{
        (void)state;
        share(SHARE_PLACES);
        assert_int_equal(exposure(thread, true), EXPOSED_TO_NOBODY);
        event.by = EVENT_BY_FILES;
        assert_int_equal(exposure(thread, true), EXPOSED_TO_NOBODY);
        event.by = EVENT_BY_PLACES;
        assert_int_equal(exposure(thread, true), EXPOSED_TO_SHARERS);
        in_private = false;
        assert_int_equal(exposure(thread, true), EXPOSED_TO_ALL);
}

static void links_to_what_others_have_open_expose_to_all(void **state)
{
        (void)state;
        event.nobjects = 1;
        event.objects[0].magic = MAGIC_OTHER;
        assert_int_equal(exposure(leader, true), EXPOSED_TO_ALL);
}

/* They are the leader's, whatever the thread itself has open. */
static void links_of_the_own_process_are_safe_for_its_leader_alone(void **state)
{
        (void)state;
        event.nobjects = 1;
        event.objects[0].magic = MAGIC_OWN;
        assert_int_equal(exposure(leader, true), EXPOSED_TO_NOBODY);
        assert_int_equal(exposure(thread, true), EXPOSED_TO_ALL);
        event.objects[0].magic = 0;
}

static void ask(enum call_class class, const char *path, bool memory)
{
        event.nobjects = event.nasks = 1;
        event.asks[0] = (struct ask){.class = class};
        event.objects[0].memory = memory;
        strcpy(event.objects[0].path, path);
}

static void memory_is_opened_only_by_who_would_write_to_it(void **state)
{
        pid_t tid = 0;

        (void)state;
        ask(CLASS_WRITE, "/proc/123/task/124/mem", true);
        assert_true(exposure_opens_memory(&event, &tid));
        assert_int_equal(tid, 123);
        ask(CLASS_READ, "/proc/123/mem", true);
        assert_false(exposure_opens_memory(&event, &tid));
        ask(CLASS_WRITE, "/proc/123/comm", false);
        assert_false(exposure_opens_memory(&event, &tid));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
                TEST(one_that_shares_nothing_is_exposed_to_nobody),
                TEST(text_in_a_file_is_exposed_as_text),
                TEST(where_others_write_to_memory_all_are_to_be_held),
                TEST(shared_directory_matters_only_to_names_that_start_there),
                TEST(links_to_what_others_have_open_expose_to_all),
                TEST(links_of_the_own_process_are_safe_for_its_leader_alone),
                TEST(memory_is_opened_only_by_who_would_write_to_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
