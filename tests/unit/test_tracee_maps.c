/* test_tracee_maps.c: which memory is private, shown with this process's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tracee.h"
#include "util.h"

enum { PAGE = 4096 };

static const char constant[] = "in a file that is mapped";

/* The text alone: as in kernels before 6.11 it cannot be asked for one mapping. */
static int copy_of(int maps)
{
        int copy = memfd_create("maps", MFD_CLOEXEC);
        char text[PAGE];
        ssize_t len;

        while ((len = read(maps, text, sizeof(text))) > 0)
                assert_int_equal(write_all(copy, text, (size_t)len), 0);
        return copy;
}

static bool is_private(const void *at, size_t len)
{
        struct tracee self = {.tid = getpid(), .tgid = getpid()};
        struct tracee_reads reads = {.n = 1, .at = {{(uintptr_t)at, len}}};
        cleanup_fd int maps = tracee_open_maps(self.tid);
        bool answer = tracee_is_private(&self, maps, &reads);
        cleanup_fd int copy = copy_of(maps);

        assert_int_equal(tracee_is_private(&self, copy, &reads), answer);
        return answer;
}

static char *map(int flags, int fd)
{
        char *pages = mmap(NULL, (size_t)2 * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);

        assert_true(pages != MAP_FAILED);
        return pages;
}

static void stack_and_heap_are_private(void **state)
{
        char here[] = "here", *heap = strdup("there");

        (void)state;
        assert_true(is_private(here, sizeof(here)));
        assert_true(is_private(heap, strlen(heap)));
        free(heap);
}

static void anonymous_pages_are_private_if_they_are_not_shared(void **state)
{
        (void)state;
        assert_true(is_private(map(MAP_PRIVATE | MAP_ANONYMOUS, -1), (size_t)2 * PAGE));
        assert_false(is_private(map(MAP_SHARED | MAP_ANONYMOUS, -1), 1));
}

static void file_mapping_is_not_private_even_after_a_write(void **state)
{
        cleanup_fd int fd = memfd_create("file", MFD_CLOEXEC);
        char *pages;

        (void)state;
        assert_int_equal(ftruncate(fd, 2 * PAGE), 0);
        pages = map(MAP_PRIVATE, fd);
        strcpy(pages, "a copy of the page now");
        assert_false(is_private(pages, 1));
        assert_false(is_private(constant, sizeof(constant)));
}

static void every_byte_has_to_be_private(void **state)
{
        char *pages = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);

        (void)state;
        assert_true(mmap(pages + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
                         0) == pages + PAGE);
        assert_true(is_private(pages + PAGE - 1, 1));
        assert_false(is_private(pages + PAGE - 1, 2));
        assert_int_equal(munmap(pages + PAGE, PAGE), 0);
        assert_false(is_private(pages + PAGE - 1, 2));
}

static void more_reads_than_were_kept_are_not_private(void **state)
{
        struct tracee self = {.tid = getpid(), .tgid = getpid()};
        struct tracee_reads reads = {.more = true};

        (void)state;
        assert_false(tracee_is_private(&self, -1, &reads));
        reads.more = false;
        assert_true(tracee_is_private(&self, -1, &reads));
}

static void memory_of_nobody_is_not_private(void **state)
{
        struct tracee nobody = {.tid = 0x3fffffff};
        struct tracee_reads reads = {.n = 1, .at = {{(uintptr_t)&nobody, 1}}};

        (void)state;
        assert_false(tracee_is_private(&nobody, tracee_open_maps(nobody.tid), &reads));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(stack_and_heap_are_private),
                cmocka_unit_test(anonymous_pages_are_private_if_they_are_not_shared),
                cmocka_unit_test(file_mapping_is_not_private_even_after_a_write),
                cmocka_unit_test(every_byte_has_to_be_private),
                cmocka_unit_test(more_reads_than_were_kept_are_not_private),
                cmocka_unit_test(memory_of_nobody_is_not_private),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
