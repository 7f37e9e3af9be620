/* compile_gate.c: write the gate of filter.h as C on standard output. Run when stopgate is built.
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "filter_context.h"

static int export_gate(int fd)
{
        scmp_filter_ctx gate;
        int r = filter_context_gate(&gate);

        if (r == 0)
                r = seccomp_export_bpf(gate, fd);
        if (gate)
                seccomp_release(gate);
        return r;
}

int main(void)
{
        int fd = memfd_create("gate", MFD_CLOEXEC);
        struct sock_filter i;
        unsigned n = 0;

        if (fd < 0 || export_gate(fd) || lseek(fd, 0, SEEK_SET)) {
                fputs("compile_gate: libseccomp cannot compile the gate\n", stderr);
                return 1;
        }
        puts("#include \"filter.h\"\n\nstatic struct sock_filter code[] = {");
        for (; read(fd, &i, sizeof(i)) == sizeof(i); n++)
                printf("        {%#x, %u, %u, %#x},\n", i.code, i.jt, i.jf, i.k);
        printf("};\n\nconst struct sock_fprog filter_gate_program = {%u, code};\n", n);
        return fflush(stdout) ? 1 : 0;
}
