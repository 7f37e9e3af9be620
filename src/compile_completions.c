/* compile_completions.c: the option table -> completions for a shell. Run when stopgate is built:
 *
 *     compile_completions bash|zsh|fish > FILE */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "util.h"

#ifndef STOPGATE_DATADIR
#error "the Makefile says where policies are installed"
#endif

enum kind { KIND_NONE, KIND_POLICY, KIND_FILE, KIND_FORMAT, KIND_CLASS };

/* What the table calls an argument, and what that is. One that is not here ends the build. */
static enum kind kind_of(const char *argument)
{
        static const struct {
                const char *argument;
                enum kind kind;
        } kinds[] = {{"FILE|NAME", KIND_POLICY}, {"FILE", KIND_FILE},       {"PATH", KIND_FILE},
                     {"FILE.html", KIND_FILE},   {"FILE.ini", KIND_FILE},   {"RECORD", KIND_FILE},
                     {"text|json", KIND_FORMAT}, {"CLASS:PATH", KIND_CLASS}};

        if (!argument)
                return KIND_NONE;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (!strcmp(kinds[i].argument, argument))
                        return kinds[i].kind;
        die(1, "no completion for an argument '%s'", argument);
}

static void put_classes(const char *suffix)
{
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                printf("%s%s%s", class ? " " : "", class_name(class), suffix);
}

/* ---- bash ---- */

/* Its names as a pattern of case, or as words. */
static void put_names(const struct option_row *row, const char *between, const char *end)
{
        if (row->id <= OPTION_LETTERS)
                printf("-%c%s", row->id, between);
        printf("--%s%s", row->name, end);
}

static void put_pattern(const struct option_row *rows, size_t n, bool (*wanted)(enum kind kind))
{
        const char *between = "";

        for (size_t i = 0; i < n; i++) {
                if (!wanted(kind_of(rows[i].argument)))
                        continue;
                fputs(between, stdout);
                put_names(&rows[i], "|", "");
                between = "|";
        }
}

static bool has_argument(enum kind kind)
{
        return kind != KIND_NONE;
}

static bool is_policy(enum kind kind)
{
        return kind == KIND_POLICY;
}

static bool is_format(enum kind kind)
{
        return kind == KIND_FORMAT;
}

static bool is_class(enum kind kind)
{
        return kind == KIND_CLASS;
}

static void write_bash(const struct option_row *rows, size_t n)
{
        fputs("# bash completion for stopgate, made from its option table.\n"
              "_stopgate_policies()\n"
              "{\n"
              "        local place file\n"
              "        for place in \"${XDG_CONFIG_HOME:-$HOME/.config}/stopgate\" /etc/stopgate "
              "'" STOPGATE_DATADIR "/policies'; do\n"
              "                for file in \"$place\"/*.ini; do\n"
              "                        [[ -e $file ]] || continue\n"
              "                        file=${file##*/}\n"
              "                        printf '%s\\n' \"${file%.ini}\"\n"
              "                done\n"
              "        done\n"
              "}\n\n"
              "_stopgate()\n"
              "{\n"
              "        local cur=${COMP_WORDS[COMP_CWORD]} option= i=1 ended=\n"
              "        COMPREPLY=()\n"
              "        while ((i < COMP_CWORD)); do\n"
              "                case ${COMP_WORDS[i]} in\n"
              "                --) ended=1; ((++i)); break ;;\n"
              "                ",
              stdout);
        put_pattern(rows, n, has_argument);
        fputs(")\n"
              "                        option=${COMP_WORDS[i]}\n"
              "                        [[ ${COMP_WORDS[i + 1]} == = ]] && ((++i))\n"
              "                        ((i += 2)) ;;\n"
              "                -*) ((++i)) ;;\n"
              "                *) break ;;\n"
              "                esac\n"
              "        done\n"
              "        if ((i > COMP_CWORD)); then\n"
              "                [[ $cur == = ]] && cur=\n"
              "                case $option in\n"
              "                ",
              stdout);
        put_pattern(rows, n, is_policy);
        fputs(")\n"
              "                        compopt -o filenames 2> /dev/null\n"
              "                        mapfile -t COMPREPLY < <(compgen -W "
              "\"$(_stopgate_policies)\" "
              "-- \"$cur\"\n"
              "                                compgen -d -- \"$cur\"; compgen -f -X '!*.ini' -- "
              "\"$cur\") ;;\n"
              "                ",
              stdout);
        put_pattern(rows, n, is_format);
        fputs(") mapfile -t COMPREPLY < <(compgen -W 'text json' -- \"$cur\") ;;\n"
              "                ",
              stdout);
        put_pattern(rows, n, is_class);
        fputs(")\n"
              "                        compopt -o nospace 2> /dev/null\n"
              "                        mapfile -t COMPREPLY < <(compgen -W '",
              stdout);
        put_classes("");
        fputs("' -S : -- \"$cur\") ;;\n"
              "                *)\n"
              "                        compopt -o filenames 2> /dev/null\n"
              "                        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
              "                esac\n"
              "        elif ((i == COMP_CWORD)) && [[ $cur == -* && ! $ended ]]; then\n"
              "                mapfile -t COMPREPLY < <(compgen -W '",
              stdout);
        for (size_t i = 0; i < n; i++)
                put_names(&rows[i], " ", i + 1 < n ? " " : "");
        fputs("' -- \"$cur\")\n"
              "        elif declare -F _command_offset > /dev/null; then\n"
              "                _command_offset \"$i\"\n"
              "        elif ((i == COMP_CWORD)); then\n"
              "                mapfile -t COMPREPLY < <(compgen -c -- \"$cur\" | sort -u)\n"
              "        else\n"
              "                compopt -o filenames 2> /dev/null\n"
              "                mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
              "        fi\n"
              "}\n"
              "complete -F _stopgate stopgate\n",
              stdout);
}

/* ---- zsh ---- */

/* Between single quotes and in brackets. */
static void put_zsh_text(const char *text)
{
        for (; *text; text++) {
                if (*text == '\'')
                        fputs("'\\'", stdout);
                else if (strchr("[]:\\", *text))
                        putchar('\\');
                putchar(*text);
        }
}

static void put_zsh_value(enum kind kind)
{
        switch (kind) {
        case KIND_NONE:
                break;
        case KIND_POLICY:
                fputs(":policy:_stopgate_policies", stdout);
                break;
        case KIND_FILE:
                fputs(":file:_files", stdout);
                break;
        case KIND_FORMAT:
                fputs(":format:(text json)", stdout);
                break;
        case KIND_CLASS:
                fputs(":class:(", stdout);
                put_classes("\\:");
                putchar(')');
                break;
        }
}

static void put_zsh_option(const struct option_row *row)
{
        enum kind kind = kind_of(row->argument);
        bool takes = kind != KIND_NONE;

        fputs("                '*'", stdout);
        if (row->id <= OPTION_LETTERS)
                printf("{-%c%s,--%s%s}'[", row->id, takes ? "+" : "", row->name, takes ? "=" : "");
        else
                printf("--%s%s'[", row->name, takes ? "=" : "");
        put_zsh_text(row->help);
        putchar(']');
        put_zsh_value(kind);
        fputs("' \\\n", stdout);
}

static void write_zsh(const struct option_row *rows, size_t n)
{
        fputs("#compdef stopgate\n"
              "# zsh completion for stopgate, made from its option table.\n"
              "_stopgate_policies()\n"
              "{\n"
              "        local -a names\n"
              "        names=(\"${XDG_CONFIG_HOME:-$HOME/.config}\"/stopgate/*.ini(N:t:r) "
              "/etc/stopgate/*.ini(N:t:r)\n"
              "                " STOPGATE_DATADIR "/policies/*.ini(N:t:r))\n"
              "        _alternative \"names:policy:($names)\" 'files:file:_files -g \"*.ini\"'\n"
              "}\n\n"
              "_stopgate()\n"
              "{\n"
              "        _arguments -s -S \\\n",
              stdout);
        for (size_t i = 0; i < n; i++)
                put_zsh_option(&rows[i]);
        fputs("                '(-):command: _command_names -e' \\\n"
              "                '*::arguments: _normal'\n"
              "}\n"
              "_stopgate \"$@\"\n",
              stdout);
}

/* ---- fish ---- */

static void put_fish_value(enum kind kind)
{
        switch (kind) {
        case KIND_NONE:
                break;
        case KIND_POLICY:
                fputs(" -r -a '(__stopgate_policies)'", stdout);
                break;
        case KIND_FILE:
                fputs(" -r -F", stdout);
                break;
        case KIND_FORMAT:
                fputs(" -x -a 'text json'", stdout);
                break;
        case KIND_CLASS:
                fputs(" -x -a '", stdout);
                put_classes(":");
                putchar('\'');
                break;
        }
}

static void put_fish_text(const char *text)
{
        for (; *text; text++) {
                if (*text == '\'' || *text == '\\')
                        putchar('\\');
                putchar(*text);
        }
}

static void write_fish(const struct option_row *rows, size_t n)
{
        fputs("# fish completion for stopgate, made from its option table.\n"
              "function __stopgate_policies\n"
              "        set -l config $HOME/.config\n"
              "        set -q XDG_CONFIG_HOME; and set config $XDG_CONFIG_HOME\n"
              "        for file in $config/stopgate/*.ini /etc/stopgate/*.ini " STOPGATE_DATADIR
              "/policies/*.ini\n"
              "                basename $file .ini\n"
              "        end\n"
              "end\n"
              "complete -c stopgate -x -a '(__fish_complete_subcommand --",
              stdout);
        for (size_t i = 0; i < n; i++) {
                if (kind_of(rows[i].argument) == KIND_NONE)
                        continue;
                putchar(' ');
                put_names(&rows[i], " ", "");
        }
        fputs(")'\n", stdout);
        for (size_t i = 0; i < n; i++) {
                fputs("complete -c stopgate", stdout);
                if (rows[i].id <= OPTION_LETTERS)
                        printf(" -s %c", rows[i].id);
                printf(" -l %s", rows[i].name);
                put_fish_value(kind_of(rows[i].argument));
                fputs(" -d '", stdout);
                put_fish_text(rows[i].help);
                fputs("'\n", stdout);
        }
}

int main(int argc, char **argv)
{
        static const struct {
                const char *shell;
                void (*write)(const struct option_row *rows, size_t n);
        } shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
        size_t n;
        const struct option_row *rows = options_rows(&n);

        for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(shells); i++) {
                if (strcmp(argv[1], shells[i].shell))
                        continue;
                shells[i].write(rows, n);
                return fflush(stdout) || ferror(stdout);
        }
        fputs("usage: compile_completions bash|zsh|fish\n", stderr);
        return 2;
}
