/* test_births.c: a new thread stops, and its parent tells of it, in either order; with a real
 * child, for the kernel is asked what it shares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "births.h"
#include "shares.h"
#include "util.h"

static struct threads *threads;
static struct order *order;
static struct pins *pins;
static struct births *births;
static struct thread *parent, *child;

static int set_up(void **state)
{
        pid_t pid = fork();

        (void)state;
        if (pid == 0)
                for (;;)
                        pause();
        assert_true(pid > 0);
        threads = threads_new();
        order = order_new(threads);
        pins = pins_new(threads);
        births = births_new(threads, order, pins);
        parent = threads_add(threads, getpid());
        parent->tgid = getpid();
        shares_first(parent);
        child = threads_add(threads, pid);
        child->tgid = pid;
        return 0;
}

static void drop(struct thread *thread)
{
        births_drop(births, thread);
        shares_gone(threads, thread);
        order_drop(order, thread);
        pins_drop(pins, thread);
}

static int tear_down(void **state)
{
        (void)state;
        kill(child->tid, SIGKILL);
        waitpid(child->tid, NULL, 0);
        drop(child);
        drop(parent);
        births_free(births);
        pins_free(pins);
        order_free(order);
        threads_free(threads);
        return 0;
}

static bool ticks(void)
{
        return nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL) != 0;
}

static void who_is_told_of_first_does_not_wait(void **state)
{
        (void)state;
        assert_false(births_told(births, parent, child, false));
        assert_false(births_is_early(births, child));
        assert_null(births_overdue(births));
        assert_true(shares_alone(threads, child, SHARE_MEMORY));
}

static void who_stops_first_waits_to_be_told_of(void **state)
{
        (void)state;
        assert_true(births_is_early(births, child));
        assert_true(births_is_early(births, child)); /* it may stop twice: where it ends */
        assert_true(births_told(births, parent, child, false));
        assert_false(births_is_early(births, child));
        assert_null(births_overdue(births));
        assert_false(ticks());
}

static void who_is_never_told_of_is_asked_after(void **state)
{
        (void)state;
        assert_true(births_is_early(births, child));
        assert_ptr_equal(births_overdue(births), child);
        assert_true(child->begins);
        assert_null(births_overdue(births));
        assert_false(births_is_early(births, child));
        assert_true(shares_alone(threads, child, SHARE_MEMORY));
}

static void who_ends_before_is_waited_for_no_more(void **state)
{
        (void)state;
        assert_true(births_is_early(births, child));
        assert_true(ticks());
        births_drop(births, child);
        assert_null(births_overdue(births));
        assert_false(ticks());
}

static void vfork_is_noted_of_both(void **state)
{
        (void)state;
        assert_true(births_is_early(births, child));
        assert_true(births_told(births, parent, child, true));
        assert_int_equal(parent->vforked, child->tid);
        assert_int_equal(child->vforker, parent->tid);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(who_is_told_of_first_does_not_wait),
                TEST(who_stops_first_waits_to_be_told_of),
                TEST(who_is_never_told_of_is_asked_after),
                TEST(who_ends_before_is_waited_for_no_more),
                TEST(vfork_is_noted_of_both),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
