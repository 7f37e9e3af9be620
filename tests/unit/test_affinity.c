/* test_affinity.c: where a thread goes on, and what it may use afterwards. The thread is a child
 * that sleeps; in the place of ptrace(2) stands a look at its CPUs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "affinity.h"
#include "util.h"

#define QUIET "0.00 0.12 0.34 1/123 4567\n"
#define BUSY  "0.00 0.12 0.34 2/123 4567\n"

static struct affinity *affinity;
static cpu_set_t all, resumed_with;
static const cpu_set_t *set_meanwhile;
static pid_t child;
static unsigned resumes;

int tracee_resume(pid_t tid, enum resume how, int signal)
{
        (void)how;
        (void)signal;
        resumes++;
        assert_int_equal(sched_getaffinity(tid, sizeof(resumed_with), &resumed_with), 0);
        if (set_meanwhile)
                assert_int_equal(sched_setaffinity(tid, sizeof(all), set_meanwhile), 0);
        return 0;
}

static cpu_set_t cpus_of(pid_t tid)
{
        cpu_set_t set;

        assert_int_equal(sched_getaffinity(tid, sizeof(set), &set), 0);
        return set;
}

static cpu_set_t only(int cpu)
{
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        return set;
}

/* The first of its CPUs that is not cpu. */
static int other_than(int cpu)
{
        for (int i = 0; i < CPU_SETSIZE; i++)
                if (CPU_ISSET(i, &all) && i != cpu)
                        return i;
        return -1;
}

static pid_t start_sleeper(void)
{
        pid_t pid = fork();

        while (pid == 0)
                pause();
        assert_true(pid > 0);
        return pid;
}

static void end_sleeper(pid_t pid)
{
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void begin(const char *load)
{
        char path[] = "/tmp/affinity-XXXXXX";
        int fd = mkstemp(path);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, load, strlen(load)), 0);
        close(fd);
        affinity = affinity_new(path);
        unlink(path);
}

static int setup(void **state)
{
        (void)state;
        all = cpus_of(0);
        child = start_sleeper();
        set_meanwhile = NULL;
        resumes = 0;
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        if (affinity)
                affinity_free(affinity);
        affinity = NULL;
        end_sleeper(child);
        return sched_setaffinity(0, sizeof(all), &all);
}

static void needs_two_cpus(void)
{
        if (CPU_COUNT(&all) < 2)
                skip();
}

static void resume(enum resume how, bool shows)
{
        affinity_plan(affinity, 1, child);
        assert_int_equal(affinity_resume(affinity, child, how, 0, shows), 0);
        assert_int_equal(resumes, 1);
}

static void assert_not_kept(void)
{
        cpu_set_t now = cpus_of(child);

        assert_true(CPU_EQUAL(&resumed_with, &now));
}

static void thread_that_runs_alone_is_kept_for_that_moment(void **state)
{
        cpu_set_t here, now;

        (void)state;
        needs_two_cpus();
        begin(QUIET);
        resume(RESUME_CONT, false);
        here = cpus_of(0);
        assert_int_equal(CPU_COUNT(&here), 1);
        assert_true(CPU_EQUAL(&resumed_with, &here));
        now = cpus_of(child);
        assert_true(CPU_EQUAL(&now, &all));
}

static void tracer_gets_its_cpus_back(void **state)
{
        cpu_set_t now;

        (void)state;
        needs_two_cpus();
        begin(QUIET);
        resume(RESUME_CONT, false);
        affinity_plan(affinity, 2, child);
        now = cpus_of(0);
        assert_true(CPU_EQUAL(&now, &all));
        affinity_plan(affinity, 1, child);
        affinity_free(affinity);
        affinity = NULL;
        now = cpus_of(0);
        assert_true(CPU_EQUAL(&now, &all));
}

static void nobody_is_kept_where_others_run(void **state)
{
        static const char *const loads[] = {BUSY, "", "garbage\n", "1 2 3\n", "1 2 3 x/4 5\n"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
                begin(loads[i]);
                resume(RESUME_CONT, false);
                assert_true(CPU_EQUAL(&resumed_with, &all));
                affinity_free(affinity);
                affinity = NULL;
                resumes = 0;
        }
}

static void nobody_is_kept_where_the_load_is_not_known(void **state)
{
        (void)state;
        affinity = affinity_new("/nonexistent/loadavg");
        resume(RESUME_CONT, false);
        assert_true(CPU_EQUAL(&resumed_with, &all));
}

static void threads_that_go_on_together_are_not_kept(void **state)
{
        (void)state;
        begin(QUIET);
        affinity_plan(affinity, 2, child);
        affinity_resume(affinity, child, RESUME_CONT, 0, false);
        assert_true(CPU_EQUAL(&resumed_with, &all));
}

static void thread_that_may_look_is_not_kept(void **state)
{
        (void)state;
        begin(QUIET);
        resume(RESUME_CONT, true);
        assert_true(CPU_EQUAL(&resumed_with, &all));
}

static void thread_that_stays_in_its_group_stop_is_not_kept(void **state)
{
        (void)state;
        begin(QUIET);
        resume(RESUME_LISTEN, false);
        assert_true(CPU_EQUAL(&resumed_with, &all));
}

static void call_whose_result_is_awaited_is_kept_too(void **state)
{
        (void)state;
        needs_two_cpus();
        begin(QUIET);
        resume(RESUME_RESULT, false);
        assert_int_equal(CPU_COUNT(&resumed_with), 1);
}

static void thread_is_never_moved_to_a_cpu_that_it_may_not_use(void **state)
{
        cpu_set_t one;
        int cpu;

        (void)state;
        needs_two_cpus();
        begin(QUIET);
        affinity_plan(affinity, 1, child);
        cpu = sched_getcpu();
        one = only(other_than(cpu));
        assert_int_equal(sched_setaffinity(child, sizeof(one), &one), 0);
        resume(RESUME_CONT, false);
        assert_true(CPU_EQUAL(&resumed_with, &one));
        assert_not_kept();
}

static void set_of_its_own_is_given_back_as_it_was(void **state)
{
        cpu_set_t here, now;

        (void)state;
        needs_two_cpus();
        begin(QUIET);
        affinity_plan(affinity, 1, child);
        here = cpus_of(0);
        assert_int_equal(sched_setaffinity(child, sizeof(here), &here), 0);
        resume(RESUME_CONT, false);
        now = cpus_of(child);
        assert_true(CPU_EQUAL(&now, &here));
}

static void set_that_another_has_changed_meanwhile_stays(void **state)
{
        cpu_set_t here, other, now;

        (void)state;
        needs_two_cpus();
        begin(QUIET);
        affinity_plan(affinity, 1, child);
        here = cpus_of(0);
        other = all;
        CPU_XOR(&other, &all, &here);
        set_meanwhile = &other;
        resume(RESUME_CONT, false);
        now = cpus_of(child);
        assert_true(CPU_EQUAL(&now, &other));
}

static void child_born_in_that_moment_gets_what_its_parent_has(void **state)
{
        cpu_set_t here, now;
        pid_t born;

        (void)state;
        needs_two_cpus();
        begin(QUIET);
        affinity_plan(affinity, 1, child);
        here = cpus_of(0);
        born = start_sleeper(); /* of the tracer, who is kept: so it is, too */
        now = cpus_of(born);
        assert_true(CPU_EQUAL(&now, &here));
        affinity_born(affinity, child, born);
        now = cpus_of(born);
        end_sleeper(born);
        assert_true(CPU_EQUAL(&now, &all));
}

static void child_of_a_parent_that_has_one_cpu_has_it_too(void **state)
{
        cpu_set_t here, now;
        pid_t born;

        (void)state;
        needs_two_cpus();
        begin(QUIET);
        affinity_plan(affinity, 1, child);
        here = cpus_of(0);
        assert_int_equal(sched_setaffinity(child, sizeof(here), &here), 0);
        born = start_sleeper();
        affinity_born(affinity, child, born);
        now = cpus_of(born);
        end_sleeper(born);
        assert_true(CPU_EQUAL(&now, &here));
}

static void thread_that_has_ended_is_no_trouble(void **state)
{
        pid_t gone = start_sleeper();

        (void)state;
        end_sleeper(gone);
        begin(QUIET);
        affinity_plan(affinity, 1, gone);
        affinity_born(affinity, gone, gone);
        affinity_born(affinity, child, gone);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(thread_that_runs_alone_is_kept_for_that_moment),
                TEST(tracer_gets_its_cpus_back),
                TEST(nobody_is_kept_where_others_run),
                TEST(nobody_is_kept_where_the_load_is_not_known),
                TEST(threads_that_go_on_together_are_not_kept),
                TEST(thread_that_may_look_is_not_kept),
                TEST(thread_that_stays_in_its_group_stop_is_not_kept),
                TEST(call_whose_result_is_awaited_is_kept_too),
                TEST(thread_is_never_moved_to_a_cpu_that_it_may_not_use),
                TEST(set_of_its_own_is_given_back_as_it_was),
                TEST(set_that_another_has_changed_meanwhile_stays),
                TEST(child_born_in_that_moment_gets_what_its_parent_has),
                TEST(child_of_a_parent_that_has_one_cpu_has_it_too),
                TEST(thread_that_has_ended_is_no_trouble),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
