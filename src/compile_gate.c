/* compile_gate.c: write those filters of filter.h that are the same for every policy, as C on
 * standard output. Run when stopgate is built. */
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "filter_context.h"

static int export(int (*make)(scmp_filter_ctx *), int fd)
{
        scmp_filter_ctx ctx;
        int r = make(&ctx);

        if (r == 0)
                r = seccomp_export_bpf(ctx, fd);
        if (ctx)
                seccomp_release(ctx);
        return r;
}

static int write_program(const char *name, int (*make)(scmp_filter_ctx *))
{
        int fd = memfd_create(name, MFD_CLOEXEC), r = fd < 0 ? -1 : export(make, fd);
        struct sock_filter i;
        unsigned n = 0;

        if (r || lseek(fd, 0, SEEK_SET)) {
                fprintf(stderr, "compile_gate: libseccomp cannot compile the %s\n", name);
                return -1;
        }
        printf("\nstatic struct sock_filter %s[] = {\n", name);
        for (; read(fd, &i, sizeof(i)) == sizeof(i); n++)
                printf("        {%#x, %u, %u, %#x},\n", i.code, i.jt, i.jf, i.k);
        printf("};\nconst struct sock_fprog filter_%s_program = {%u, %s};\n", name, n, name);
        close(fd);
        return 0;
}

int main(void)
{
        puts("#include \"filter.h\"");
        if (write_program("gate", filter_context_gate) ||
            write_program("closed", filter_context_closed) ||
            write_program("old_mmap", filter_context_old_mmap) ||
            write_program("notes", filter_context_notes))
                return 1;
        return fflush(stdout) ? 1 : 0;
}
