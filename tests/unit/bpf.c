/* bpf.c: see bpf.h. */
#include "bpf.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "util.h"

int bpf_export(scmp_filter_ctx ctx, struct bpf_program *program)
{
        cleanup_fd int fd = memfd_create("filter", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        int r = seccomp_export_bpf(ctx, fd);
        if (r < 0)
                return r;
        off_t size = lseek(fd, 0, SEEK_END);
        if (size < 0)
                return -errno;
        program->len = (size_t)size / sizeof(*program->code);
        program->code = xcalloc(program->len, sizeof(*program->code));
        if (pread(fd, program->code, (size_t)size, 0) != size) {
                bpf_free(program);
                return -EIO;
        }
        return 0;
}

void bpf_free(struct bpf_program *program)
{
        free(program->code);
        *program = (struct bpf_program){0};
}

struct machine {
        uint32_t a, x, memory[BPF_MEMWORDS];
};

static uint32_t alu(uint16_t op, uint32_t a, uint32_t b)
{
        switch (op) {
        case BPF_ADD:
                return a + b;
        case BPF_SUB:
                return a - b;
        case BPF_MUL:
                return a * b;
        case BPF_DIV:
                return b ? a / b : 0;
        case BPF_AND:
                return a & b;
        case BPF_OR:
                return a | b;
        case BPF_XOR:
                return a ^ b;
        case BPF_LSH:
                return b < 32 ? a << b : 0;
        case BPF_RSH:
                return b < 32 ? a >> b : 0;
        case BPF_NEG:
                return -a;
        }
        return 0;
}

static bool jumps(uint16_t op, uint32_t a, uint32_t b)
{
        switch (op) {
        case BPF_JEQ:
                return a == b;
        case BPF_JGT:
                return a > b;
        case BPF_JGE:
                return a >= b;
        case BPF_JSET:
                return a & b;
        }
        return false;
}

static bool load_data(struct machine *m, const struct seccomp_data *data, uint32_t offset)
{
        if (offset % sizeof(m->a) || offset > sizeof(*data) - sizeof(m->a))
                return false;
        memcpy(&m->a, (const char *)data + offset, sizeof(m->a));
        return true;
}

/* The instructions through which the kernel can follow a program without running it. */
static bool keeps_constant(const struct sock_filter *i)
{
        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
                return i->k == offsetof(struct seccomp_data, nr) ||
                       i->k == offsetof(struct seccomp_data, arch);
        case BPF_RET | BPF_K:
        case BPF_JMP | BPF_JA:
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JSET | BPF_K:
        case BPF_ALU | BPF_AND | BPF_K:
                return true;
        }
        return false;
}

uint32_t bpf_run(const struct bpf_program *program, const struct seccomp_data *data, bool *constant)
{
        struct machine m = {0};

        *constant = true;
        for (size_t pc = 0; pc < program->len; pc++) {
                const struct sock_filter *i = &program->code[pc];
                uint32_t operand = BPF_SRC(i->code) == BPF_X ? m.x : i->k;

                *constant = *constant && keeps_constant(i);
                switch (BPF_CLASS(i->code)) {
                case BPF_RET:
                        return BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
                case BPF_LD:
                        if (BPF_MODE(i->code) == BPF_IMM)
                                m.a = i->k;
                        else if (BPF_MODE(i->code) == BPF_MEM && i->k < BPF_MEMWORDS)
                                m.a = m.memory[i->k];
                        else if (i->code != (BPF_LD | BPF_W | BPF_ABS) ||
                                 !load_data(&m, data, i->k))
                                return SECCOMP_RET_KILL_PROCESS;
                        break;
                case BPF_LDX:
                        if (BPF_MODE(i->code) == BPF_MEM && i->k < BPF_MEMWORDS)
                                m.x = m.memory[i->k];
                        else if (BPF_MODE(i->code) == BPF_IMM)
                                m.x = i->k;
                        else
                                return SECCOMP_RET_KILL_PROCESS;
                        break;
                case BPF_ST:
                case BPF_STX:
                        if (i->k >= BPF_MEMWORDS)
                                return SECCOMP_RET_KILL_PROCESS;
                        m.memory[i->k] = BPF_CLASS(i->code) == BPF_ST ? m.a : m.x;
                        break;
                case BPF_ALU:
                        m.a = alu(BPF_OP(i->code), m.a, operand);
                        break;
                case BPF_JMP:
                        if (BPF_OP(i->code) == BPF_JA)
                                pc += i->k;
                        else
                                pc += jumps(BPF_OP(i->code), m.a, operand) ? i->jt : i->jf;
                        break;
                case BPF_MISC:
                        if (BPF_MISCOP(i->code) == BPF_TAX)
                                m.x = m.a;
                        else
                                m.a = m.x;
                        break;
                }
        }
        return SECCOMP_RET_KILL_PROCESS;
}

/* seccomp(2): the lower action, as a signed number. */
uint32_t bpf_strictest(uint32_t a, uint32_t b)
{
        int32_t action_a = (int32_t)(a & SECCOMP_RET_ACTION_FULL);
        int32_t action_b = (int32_t)(b & SECCOMP_RET_ACTION_FULL);

        return action_b < action_a ? b : a;
}
