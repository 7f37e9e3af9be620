/* summary_sums.c: the lines of a summary that speak of the run as a whole. */
#include "summary_sums.h"

#include "summary_cells.h"

/* ---- the verdict ---- */

static void put_end(struct line *line, const struct audit_run *run)
{
        if (run->ended) {
                line_str(line, "exit status ");
                line_i64(line, run->status);
        } else {
                line_str(line, "the end is not recorded");
        }
        line_str(line, ", after ");
        summary_put_time(line, run->lasted);
}

static void put_refused(struct line *line, const struct audit_run *run)
{
        if (run->refused == 0) {
                line_str(line, run->permissive ? "nothing would have been refused"
                                               : "nothing was refused");
                return;
        }
        line_str(line, run->permissive ? "would have refused " : "refused ");
        summary_put_number(line, run->refused, "call", "calls");
}

static void put_look(struct line *line, const struct audit *audit,
                     const struct summary_lists *lists)
{
        size_t look = lists->of[SECTION_LOOK].n, nchanges;

        audit_changes(audit, &nchanges);
        if (audit_run(audit)->unknown)
                line_str(line, "not all changes are recorded; ");
        if (audit_run(audit)->unlooked)
                line_str(line, "changes were not looked at; ");
        if (look > 0)
                summary_put_number(line, look, "thing to look at", "things to look at");
        else if (nchanges > 0)
                line_str(line, "nothing special was changed");
        else if (audit_run(audit)->unlooked)
                line_str(line, "no call tells of one");
        else
                line_str(line, "nothing was changed");
}

void summary_put_verdict(struct line *line, const struct audit *audit,
                         const struct summary_lists *lists)
{
        line_str(line, "stopgate: ");
        put_end(line, audit_run(audit));
        line_str(line, "; ");
        put_refused(line, audit_run(audit));
        line_str(line, "; ");
        put_look(line, audit, lists);
}

/* ---- sums ---- */

static void put_written(struct line *line, const struct audit *audit)
{
        size_t n;
        const struct audit_process *processes = audit_processes(audit, &n);
        bool all = true, any = false;
        uint64_t bytes = 0;

        for (size_t i = 0; i < n; i++) {
                all = all && processes[i].has_written;
                any = any || processes[i].has_written;
                bytes += processes[i].has_written ? processes[i].written : 0;
        }
        if (!any)
                return;
        line_str(line, all ? "Written: " : "Written: at least ");
        summary_put_size(line, bytes);
        line_str(line, ", to pipes and terminals too");
}

static void put_semicolon(struct line *line)
{
        if (line->len > 0)
                line_str(line, "; ");
}

/* What is known by calls alone has no size. */
static void put_new(struct line *line, const struct audit *audit)
{
        struct summary_totals totals = {0};
        size_t n;
        const struct change *changes = audit_changes(audit, &n);
        bool known = false;

        for (size_t i = 0; i < n; i++) {
                if (changes[i].kind != CHANGE_CREATED || !changes[i].after.mode)
                        continue;
                known = true;
                summary_totals_add(&totals, &(struct summary_entry){.change = &changes[i]});
        }
        if (!known)
                return;
        put_semicolon(line);
        line_str(line, "new files hold ");
        summary_put_size(line, totals.size);
}

void summary_put_sums(struct line *line, const struct audit *audit)
{
        uint64_t temporary = audit_run(audit)->temporary;

        put_written(line, audit);
        put_new(line, audit);
        if (temporary == 0)
                return;
        put_semicolon(line);
        summary_put_number(line, temporary, "name was", "names were");
        line_str(line, " made and taken away again");
}

/* ---- what is not known ---- */

static void put_unseen(struct line *line, const struct audit *audit)
{
        uint64_t unseen = audit_run(audit)->unseen;

        if (unseen == 0)
                return;
        put_semicolon(line);
        summary_put_number(line, unseen, "name", "names");
        line_str(line, " could not be looked at: told as the calls asked");
}

/* Every program reads something, were it only its libraries. */
void summary_put_unknown(struct line *line, const struct audit *audit,
                         const struct summary_lists *lists)
{
        size_t nprograms;

        audit_programs(audit, &nprograms);
        if (!lists->reads_known && nprograms > 0)
                line_str(line, "What was read is not known: the policy does not record it");
        put_unseen(line, audit);
}

void summary_put_dropped(struct line *line, const struct audit *audit)
{
        uint64_t dropped = audit_run(audit)->dropped;

        if (dropped == 0)
                return;
        line_str(line, "This is not all: ");
        summary_put_number(line, dropped, "record was", "records were");
        line_str(line, " left out over the limit");
}
