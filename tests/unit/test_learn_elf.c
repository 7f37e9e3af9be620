/* test_learn_elf.c: the ELF interpreter that a program names, of either class. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "learn_elf.h"
#include "util.h"

static const char name[] = "/odd/ld.so";

static char path[] = "/tmp/test_learn_elf.XXXXXX";

static void write_file(const void *head, size_t head_size, const void *segments, size_t size)
{
        int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, head, head_size), head_size);
        assert_int_equal(write(fd, segments, size), size);
        assert_int_equal(write(fd, name, sizeof(name)), sizeof(name));
        close(fd);
}

static void assert_interpreter(const char *wanted)
{
        cleanup_free char *found = learn_elf_interpreter(path);

        if (wanted)
                assert_string_equal(found, wanted);
        else
                assert_null(found);
}

static void write_64(uint16_t entry, uint64_t size)
{
        Elf64_Phdr segments[2] = {{.p_type = PT_LOAD}, {.p_type = PT_INTERP, .p_filesz = size}};
        Elf64_Ehdr head = {.e_phoff = sizeof(head), .e_phentsize = entry, .e_phnum = 2};

        memcpy(head.e_ident, ELFMAG, SELFMAG);
        head.e_ident[EI_CLASS] = ELFCLASS64;
        segments[1].p_offset = sizeof(head) + sizeof(segments);
        write_file(&head, sizeof(head), segments, sizeof(segments));
}

static void program_of_64_bits_names_it(void **state)
{
        (void)state;
        write_64(sizeof(Elf64_Phdr), sizeof(name));
        assert_interpreter(name);
}

static void program_of_32_bits_names_it(void **state)
{
        Elf32_Phdr segment = {.p_type = PT_INTERP, .p_filesz = sizeof(name)};
        Elf32_Ehdr head = {.e_phoff = sizeof(head), .e_phentsize = sizeof(segment), .e_phnum = 1};

        (void)state;
        memcpy(head.e_ident, ELFMAG, SELFMAG);
        head.e_ident[EI_CLASS] = ELFCLASS32;
        segment.p_offset = sizeof(head) + sizeof(segment);
        write_file(&head, sizeof(head), &segment, sizeof(segment));
        assert_interpreter(name);
}

static void what_the_kernel_would_not_take_names_none(void **state)
{
        (void)state;
        write_64(sizeof(Elf64_Phdr) + 1, sizeof(name));
        assert_interpreter(NULL);
        write_64(sizeof(Elf64_Phdr), sizeof(name) - 1); /* no NUL */
        assert_interpreter(NULL);
        write_64(sizeof(Elf64_Phdr), sizeof(name) + 1); /* past the end */
        assert_interpreter(NULL);
        write_file("#!/bin/sh\n", 10, "", 0);
        assert_interpreter(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(program_of_64_bits_names_it),
                cmocka_unit_test(program_of_32_bits_names_it),
                cmocka_unit_test(what_the_kernel_would_not_take_names_none),
        };
        int fd = mkstemp(path), failed;

        if (fd < 0)
                return 1;
        close(fd);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        unlink(path);
        return failed;
}
