/* status.h: one line on the terminal that says how far a long run is. Layer 2.
 *
 * The command has the terminal too, and what it shows is not to be touched. So the line stands in
 * the last row, which is taken out of what scrolls (DECSTBM), as apt does it; the cursor is saved
 * before and restored behind it, all in one write(2). Other ways were weighed: a line that is
 * overwritten in place mixes with whatever the command prints next; a terminal of our own in
 * between would take job control over; the title of a window is seen by few.
 *
 * What breaks apt's way is full-screen programs, which take all rows to be theirs. They ask for
 * single keys first: so whatever changes the terminal's modes, or the group in front of it, raises
 * a stop (filter_watch_terminal()), at which the line is taken away. It is not shown while the
 * terminal is not in canonical mode, nor while another group is in front.
 *
 * What remains: a command that has filled a row to its last column without a newline when the line
 * appears goes on in that column; one that saves the cursor, and restores it with another write,
 * finds it where it was when the line was drawn in between; one that moves to the last row without
 * asking for single keys finds the line there. What ends stopgate at once, as SIGKILL does, leaves
 * the line and its row behind: reset(1) gives it back. */
#ifndef STOPGATE_STATUS_H
#define STOPGATE_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct status;

/* For this terminal, borrowed; NULL if fd is none, or one that does no more than print. All others
 * take NULL for a status, and do nothing then. permissive: nothing is refused, it would be. */
struct status *status_new(int fd, bool permissive);

/* Takes the line away first. */
void status_free(struct status *status);

/* Is it time to draw? A look at the clock: not before the run has lasted a moment, and then a few
 * times a second. */
bool status_is_due(const struct status *status);

/* Draw it, if the terminal is ours. path may hold any bytes, or be NULL. */
void status_note(struct status *status, uint64_t calls, uint64_t refused, const char *path,
                 size_t len);

/* Take it away until it is drawn again: before stopgate prints, or stops. */
void status_hide(struct status *status);

/* The same, and leave the terminal alone for a moment: somebody is about to change its modes. */
void status_yield(struct status *status);

/* A signal has arrived: perhaps the window has another size. */
void status_check_size(struct status *status);

/* What the line says. */
struct status_text {
        uint64_t calls, refused;
        bool permissive;
        const char *path; /* any bytes; NULL: none yet */
        size_t len;
};

/* In printable ASCII, without a NUL, of at most columns; the path is cut in its middle. Returns its
 * length. Pure. */
#define STATUS_COLUMNS_MAX 512
size_t status_format(char buf[STATUS_COLUMNS_MAX], unsigned columns,
                     const struct status_text *text);

#endif
