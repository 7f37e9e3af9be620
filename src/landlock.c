/* landlock.c: rights by version of the kernel, and the ruleset made of them. */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "util.h"

/* The numbers are the kernel's, whatever the age of the header that we are built with. */
enum { RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };

#define BIT(n)         (UINT64_C(1) << (n))
#define RIGHT_REFER    BIT(13)
#define SCOPE_ABSTRACT BIT(0)
#define SCOPE_SIGNAL   BIT(1)

/* A right, the version that brought it, the class that asks for it, and whether a single file can
 * be given it. REFER is seen to in add_rights(). IOCTL_DEV (15, version 5) is left to everybody: it
 * does not tell requests that change a device from those that only ask, as stops do. */
static const struct {
        unsigned bit;
        int abi;
        enum call_class class;
        bool of_files;
} fs_rights[] = {
        {0, 1, CLASS_EXEC, true},      /* EXECUTE */
        {1, 1, CLASS_WRITE, true},     /* WRITE_FILE */
        {2, 1, CLASS_READ, true},      /* READ_FILE */
        {3, 1, CLASS_READ, false},     /* READ_DIR */
        {4, 1, CLASS_DELETE, false},   /* REMOVE_DIR */
        {5, 1, CLASS_DELETE, false},   /* REMOVE_FILE */
        {6, 1, CLASS_CREATE, false},   /* MAKE_CHAR */
        {7, 1, CLASS_CREATE, false},   /* MAKE_DIR */
        {8, 1, CLASS_CREATE, false},   /* MAKE_REG */
        {9, 1, CLASS_CREATE, false},   /* MAKE_SOCK */
        {10, 1, CLASS_CREATE, false},  /* MAKE_FIFO */
        {11, 1, CLASS_CREATE, false},  /* MAKE_BLOCK */
        {12, 1, CLASS_CREATE, false},  /* MAKE_SYM */
        {14, 3, CLASS_WRITE, true},    /* TRUNCATE */
        {16, 9, CLASS_CONNECT, false}, /* RESOLVE_UNIX */
};

/* Of internet sockets, by the number of the port. */
static const struct {
        unsigned bit;
        int abi;
        bool connects; /* else it binds */
} net_rights[] = {
        {0, 4, false},  /* BIND_TCP */
        {1, 4, true},   /* CONNECT_TCP */
        {2, 10, false}, /* BIND_UDP */
        {3, 10, true},  /* CONNECT_SEND_UDP */
};

/* struct landlock_ruleset_attr as of version 6. An older kernel takes it if what it does not know
 * is zero. */
struct ruleset_attr {
        uint64_t fs, net, scoped;
};

struct net_port_attr {
        uint64_t allowed, port;
};

int landlock_abi(void)
{
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

        return abi < 0 ? 0 : (int)abi;
}

static uint64_t fs_rights_of(const struct landlock *landlock, unsigned classes, bool directory)
{
        uint64_t rights = 0;

        for (size_t i = 0; i < ARRAY_SIZE(fs_rights); i++) {
                if (classes & CLASS_BIT(fs_rights[i].class) && landlock->abi >= fs_rights[i].abi &&
                    (directory || fs_rights[i].of_files))
                        rights |= BIT(fs_rights[i].bit);
        }
        return rights;
}

static uint64_t net_rights_of(const struct landlock *landlock)
{
        uint64_t rights = 0;

        for (size_t i = 0; i < ARRAY_SIZE(net_rights); i++) {
                bool wanted = net_rights[i].connects ? landlock->connects : landlock->binds;

                if (wanted && landlock->abi >= net_rights[i].abi)
                        rights |= BIT(net_rights[i].bit);
        }
        return rights;
}

/* A ruleset has to be about something. Then this one is about what the grant of all, below, gives
 * back, for the sake of the domain: from inside one, no process outside can be traced or looked
 * into. */
static struct ruleset_attr what_is_handled(const struct landlock *landlock)
{
        struct ruleset_attr attr = {
                .fs = fs_rights_of(landlock, landlock->classes, true),
                .net = net_rights_of(landlock),
                .scoped = (landlock->abstract ? SCOPE_ABSTRACT : 0) |
                          (landlock->signals ? SCOPE_SIGNAL : 0),
        };

        /* Any ruleset about files forbids moving them to another directory, asked or not. */
        if (attr.fs || (!attr.net && !attr.scoped))
                attr.fs |= RIGHT_REFER;
        return attr;
}

static int add_place(int ruleset, int fd, uint64_t rights)
{
        struct landlock_path_beneath_attr attr = {.allowed_access = rights, .parent_fd = fd};

        if (!rights)
                return 0;
        return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr, 0) ? -errno : 0;
}

static int add_grant(int ruleset, const struct landlock *landlock,
                     const struct landlock_grant *grant, uint64_t handled)
{
        const unsigned changing =
                CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE);
        cleanup_fd int fd = open(grant->path, O_PATH | O_CLOEXEC);
        struct stat st;
        bool directory;
        uint64_t rights;

        /* What is gone, or may not be searched, gets no grant; what stopgate itself is short of
         * must not take one away. */
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
                return -errno;
        if (fd < 0 || fstat(fd, &st))
                return 0;
        directory = S_ISDIR(st.st_mode);
        rights = fs_rights_of(landlock, grant->classes, directory);
        if (directory && grant->classes & changing)
                rights |= RIGHT_REFER;
        return add_place(ruleset, fd, rights & handled);
}

/* Files may go from any directory to any other. */
static int grant_moves(int ruleset)
{
        cleanup_fd int root = open("/", O_PATH | O_CLOEXEC);

        return root < 0 ? -errno : add_place(ruleset, root, RIGHT_REFER);
}

static int add_port(int ruleset, const struct landlock *landlock, uint16_t port)
{
        struct net_port_attr attr = {.allowed = net_rights_of(landlock), .port = port};

        return syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &attr, 0) ? -errno : 0;
}

static int add_all(int ruleset, const struct landlock *landlock, const struct ruleset_attr *handled)
{
        int r = 0;

        if (!landlock->keeps_place && handled->fs)
                r = grant_moves(ruleset);
        for (size_t i = 0; !r && i < landlock->ngrants; i++)
                r = add_grant(ruleset, landlock, &landlock->grants[i], handled->fs);
        for (size_t i = 0; !r && handled->net && i < landlock->nports; i++)
                r = add_port(ruleset, landlock, landlock->ports[i]);
        return r;
}

int landlock_ruleset(const struct landlock *landlock)
{
        struct ruleset_attr handled = what_is_handled(landlock);
        cleanup_fd int ruleset =
                (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
        int r = ruleset < 0 ? -errno : add_all(ruleset, landlock, &handled);

        return r ? r : steal_fd(&ruleset);
}

int landlock_enforce(int ruleset)
{
        return syscall(SYS_landlock_restrict_self, ruleset, 0) ? -errno : 0;
}
