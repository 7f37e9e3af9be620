/* doctor.c: tries all that the kernel has to offer, and says in words what follows from it. */
#include "doctor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kernel.h"
#include "landlock.h"
#include "launch.h"
#include "util.h"

/* What Landlock holds, by the version that brought it: landlock(7). */
static const struct {
        int abi;
        const char *what;
} backstops[] = {
        {1, "files: read, write, create, delete, exec"},
        {3, "truncation"},
        {4, "TCP ports"},
        {6, "abstract sockets and signals to processes outside"},
        {9, "sockets with a name"},
        {10, "UDP ports"},
};

struct findings {
        bool runs, pins;
        int abi;
};

static void tell_feature(FILE *out, const struct kernel_feature *feature, int r)
{
        struct obstacles obstacles;

        if (!r) {
                fprintf(out, "  yes  %s\n", feature->name);
                return;
        }
        fprintf(out, "  NO   %-24s %s: %s (Linux %s)\n", feature->name, strerror(-r), feature->lost,
                feature->since);
        if (!feature->forks)
                return;
        launch_find_obstacles(-r, &obstacles);
        fprintf(out, "       %-24s %s\n", "", launch_explain(&obstacles));
}

static void tell_features(FILE *out, struct findings *findings)
{
        size_t n;
        const struct kernel_feature *features = kernel_features(&n);

        for (size_t i = 0; i < n; i++) {
                int r = features[i].probe();

                tell_feature(out, &features[i], r);
                if (r && features[i].need == KERNEL_NEEDED)
                        findings->runs = false;
                if (r && features[i].need == KERNEL_WANTED)
                        findings->pins = false;
        }
}

static void tell_backstop(FILE *out, int abi)
{
        if (!abi) {
                fputs("  no       the kernel refuses by itself what a policy denies by default\n",
                      out);
                return;
        }
        fprintf(out, "  %-7s  the kernel refuses by itself what a policy denies by default\n",
                abi >= backstops[ARRAY_SIZE(backstops) - 1].abi ? "holds" : "partly");
        for (size_t i = 0; i < ARRAY_SIZE(backstops); i++) {
                if (abi >= backstops[i].abi)
                        fprintf(out, "           yes  %s\n", backstops[i].what);
                else
                        fprintf(out, "           no   %s (Landlock %d, here is %d)\n",
                                backstops[i].what, backstops[i].abi, abi);
        }
}

static void tell_promises(FILE *out, const struct findings *findings)
{
        fputs("\nWhat it means:\n", out);
        if (!findings->runs) {
                fputs("  no       stopgate cannot run a command here\n", out);
                return;
        }
        fputs("  holds    calls that a rule speaks of are judged and recorded before they run\n"
              "  holds    what was judged is what runs\n",
              out);
        fprintf(out, "  %-7s  with little waiting for each other\n",
                findings->pins ? "holds" : "no");
        tell_backstop(out, findings->abi);
        if (!geteuid())
                fputs("\nThis is root: within the rules a command changes every file. Run it as an "
                      "ordinary user.\n",
                      out);
}

int doctor_tell(FILE *out, const char *version)
{
        struct findings findings = {true, true, landlock_abi()};
        struct utsname name = {.release = "?"};

        /* Inherited as ignored, it would take the probes' children away. */
        signal(SIGCHLD, SIG_DFL);
        uname(&name);
        fprintf(out, "stopgate %s on Linux %s, %s\n\nWhat is here:\n", version, name.release,
                name.machine);
        fflush(out);
        tell_features(out, &findings);
        tell_promises(out, &findings);
        return findings.runs ? 0 : -ENOTSUP;
}
