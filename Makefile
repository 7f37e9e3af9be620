# stopgate: build, test, install. `make help` lists the targets.

VERSION = 0.1.0
PREFIX  = /usr/local
DESTDIR =
BUILD   = build

CC        = cc
CFLAGS    = -O2 -g
CPPFLAGS  =
LDFLAGS   =
# make WERROR=1 turns warnings into errors, as CI does.
WERROR    =
# make SANITIZE=address,undefined builds with sanitizers; `make asan` tests that way.
SANITIZE  =
# make COVERAGE=1 builds what counts the lines that run; `make coverage` tests that way.
COVERAGE  =
PKG_CONFIG = pkg-config
INSTALL    = install

.DEFAULT_GOAL := all

# What the compiler does not know is left out, not an error. Asked once a build directory.
WANTED_WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef -Wimplicit-fallthrough -Wlogical-op \
	-Wduplicated-cond -Wduplicated-branches -Wdate-time -Wno-missing-field-initializers
WANTED_HARDENING = -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-fzero-call-used-regs=used-gpr

$(BUILD)/probed.mk: Makefile
	@mkdir -p $(BUILD)
	@known() { for f; do $(CC) -Werror $$f -x c -c /dev/null -o /dev/null 2>/dev/null && \
		printf '%s ' $$f; done; }; { \
		echo "WARNINGS := $$(known $(WANTED_WARNINGS))"; \
		echo "HARDENING := $$(known $(WANTED_HARDENING))"; \
		[ "$$(uname -m)" = x86_64 ] && \
			printf '#include <sys/socket.h>\nint main(void) { return 0; }\n' | \
			$(CC) -m32 -x c - -o /dev/null 2>/dev/null && echo 'HAS_M32 := yes'; true; } > $@
# Not where the compiler may have to be installed first.
ifeq ($(filter deps deps-build demo test asan clean help,$(MAKECMDGOALS)),)
-include $(BUILD)/probed.mk
endif

CHECKS = $(if $(WERROR),-Werror) $(if $(SANITIZE),-fsanitize=$(SANITIZE) \
	-fno-omit-frame-pointer -fno-sanitize-recover=all,$(HARDENING) -D_FORTIFY_SOURCE=2) \
	$(if $(COVERAGE),--coverage -fprofile-update=atomic -O1)
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack

# Looked up when first used: `make deps` may have to install pkg-config before.
LIB_CFLAGS = $(shell $(PKG_CONFIG) --cflags libseccomp inih libcap-ng jansson)
LIBS       = $(shell $(PKG_CONFIG) --libs libseccomp inih libcap-ng jansson)

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Iinclude -fPIE $(WARNINGS) $(CHECKS) \
	-DSTOPGATE_VERSION='"$(VERSION)"' -DSTOPGATE_DATADIR='"$(PREFIX)/share/stopgate"' \
	$(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(LINK_HARDENING) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) \
	$(if $(COVERAGE),--coverage) $(LDFLAGS)

# compile_gate.c and compile_completions.c are programs of their own, run when stopgate is built.
SOURCES := $(filter-out $(wildcard src/compile_*.c),$(wildcard src/*.c))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
GATE    := $(BUILD)/gate_program.c
PAGE    := $(BUILD)/report_page.c
LIBRARY := $(BUILD)/libstopgate.a

COMPLETIONS := $(BUILD)/completions/stopgate $(BUILD)/completions/_stopgate $(BUILD)/completions/stopgate.fish

.PHONY: all
all: $(BUILD)/stopgate $(COMPLETIONS)

# A changed version, prefix or set of flags must reach every object.
$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)/obj $(BUILD)/tests
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' > $@
.PHONY: FORCE
FORCE:

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# The gate takes libseccomp too long to compile at every start (filter_context.h).
$(BUILD)/compile_gate: $(addprefix $(BUILD)/obj/,compile_gate.o filter_context.o calls.o \
		calls_table.o calls_requests.o tracee_registers.o util.o)
	$(CC) $(ALL_CFLAGS) $^ $(ALL_LDFLAGS) $(LIBS) -o $@

$(GATE): $(BUILD)/compile_gate
	$< > $@.new && mv $@.new $@

$(BUILD)/obj/gate_program.o: $(GATE)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

# The page of --report, from sources that a person can read.
$(PAGE): src/report/embed $(wildcard src/report/*.*) $(BUILD)/flags
	sh src/report/embed > $@.new && mv $@.new $@

$(BUILD)/obj/report_page.o: $(PAGE) include/report_page.h
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(LIBRARY): $(filter-out $(BUILD)/obj/main.o,$(OBJECTS)) $(BUILD)/obj/gate_program.o $(BUILD)/obj/report_page.o
	@rm -f $@
	$(AR) rcs $@ $^

# For bash, zsh and fish, named as they want it.
$(BUILD)/compile_completions: $(BUILD)/obj/compile_completions.o $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $^ $(ALL_LDFLAGS) $(LIBS) -o $@

$(COMPLETIONS): $(BUILD)/compile_completions
	@mkdir -p $(@D)
	$< $(if $(filter %.fish,$@),fish,$(if $(filter _%,$(@F)),zsh,bash)) > $@.new && mv $@.new $@

$(BUILD)/stopgate: $(BUILD)/obj/main.o $(LIBRARY)
	$(CC) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

-include $(OBJECTS:.o=.d) $(BUILD)/obj/compile_gate.d $(BUILD)/obj/compile_completions.d

# ---- tests: unit tests here, live tests and probes in tests/live ----

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
UNIT_HELPERS := $(filter-out $(wildcard tests/unit/test_*.c),$(wildcard tests/unit/*.c))
PROBES := $(patsubst tests/probes/%.c,$(BUILD)/tests/%,$(wildcard tests/probes/*.c))
TEST_LIBS = $(shell $(PKG_CONFIG) --libs cmocka)

# A helper of tests/unit that defines what a source file defines (fake_tracee.c) takes its place.
$(BUILD)/tests/test_%: tests/unit/test_%.c $(UNIT_HELPERS) $(LIBRARY) $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -MF $@.d $< \
		$(foreach h,$(UNIT_HELPERS),$(if $(shell grep -l '$(notdir $(h:.c=.h))' $<),$(h))) \
		$(LIBRARY) $(ALL_LDFLAGS) $(LIBS) $(TEST_LIBS) -o $@

# Probes are attacks and honest programs: built as plainly as they would be elsewhere.
$(BUILD)/tests/%: tests/probes/%.c $(BUILD)/flags
	$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -MMD -MP -MF $@.d $< -pthread -o $@

# Attacks on what is judged before it is used; both for `make race` and for a live test.
RACE := $(BUILD)/tests/race
$(RACE): $(wildcard tests/race/*.[ch]) $(BUILD)/flags
	$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wno-missing-field-initializers $(filter %.c,$^) -pthread -o $@
PROBES += $(RACE)

# Much of one kind; both for `make soak` and for a live test.
SOAK := $(BUILD)/tests/soak_work
$(SOAK): tests/soak/work.c $(BUILD)/flags
	$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra $< -pthread -o $@
PROBES += $(SOAK)

# The probe once more, for i386, where the kernel and the compiler have it.
PROBES += $(if $(HAS_M32),$(BUILD)/tests/probe32)
$(BUILD)/tests/probe32: tests/probes/probe.c $(BUILD)/flags
	$(CC) -m32 -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -MMD -MP -MF $@.d $< -pthread -o $@

# The program with switches that only tests can reach: see tests/switches.c.
SWITCHED := $(BUILD)/tests/stopgate
$(SWITCHED): tests/switches.c $(BUILD)/obj/main.o $(LIBRARY) $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $< $(BUILD)/obj/main.o $(LIBRARY) $(ALL_LDFLAGS) $(LIBS) \
		-Wl,--wrap=landlock_abi,--wrap=policy_polices,--wrap=policy_stops -o $@
PROBES += $(SWITCHED)

# Preloaded, make one allocation of stopgate fail, or let its clock jump.
FAIL_ALLOC := $(BUILD)/tests/fail_alloc.so
JUMP_CLOCK := $(BUILD)/tests/jump_clock.so
$(FAIL_ALLOC) $(JUMP_CLOCK): $(BUILD)/tests/%.so: tests/faults/%.c $(BUILD)/flags
	$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -shared -fPIC $< -o $@
PROBES += $(FAIL_ALLOC) $(JUMP_CLOCK)

# Writes reports of runs that never were, for the live tests.
REPORT_SAMPLE := $(BUILD)/tests/report_sample
$(REPORT_SAMPLE): tests/report_sample.c $(LIBRARY) $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $< $(LIBRARY) $(ALL_LDFLAGS) $(LIBS) -o $@
PROBES += $(REPORT_SAMPLE)

-include $(wildcard $(BUILD)/tests/*.d)

.PHONY: test do-test unit live asan
test: deps
	@$(MAKE) --no-print-directory do-test

# What the fuzzers have found, and what they need to get deep, without a fuzzer: each input once.
REPLAYS := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/tests/replay_%,$(wildcard tests/fuzz/fuzz_*.c))
$(BUILD)/tests/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c tests/unit/fake_tracee.c $(LIBRARY) $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes -Itests/unit $< tests/fuzz/replay.c $(call fakes,$<) $(LIBRARY) $(ALL_LDFLAGS) $(LIBS) -o $@

do-test: $(BUILD)/stopgate $(UNIT_TESTS) $(REPLAYS) $(PROBES) $(COMPLETIONS)
	@BUILD=$(BUILD) PROBES_BUILT="$(PROBES)" sh tests/run $(UNIT_TESTS) $(REPLAYS)

unit: $(UNIT_TESTS)
	@for t in $(UNIT_TESTS); do $$t || exit 1; done

live: $(BUILD)/stopgate $(PROBES)
	@BUILD=$(BUILD) sh tests/run

# Which lines ran, by file, the least covered first; and below $(BUILD)/coverage/html, which did not.
.PHONY: coverage valgrind
coverage:
	-@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage COVERAGE=1 do-test
	@mkdir -p $(BUILD)/coverage/html
	@gcovr --root . --filter src/ --sort-percentage --html-details $(BUILD)/coverage/html/index.html --txt - $(BUILD)/coverage/obj

# With calls that valgrind knows in place of those that it does not: see there.
VALGRIND := $(BUILD)/tests/stopgate_valgrind
$(VALGRIND): tests/valgrind_calls.c $(BUILD)/obj/main.o $(LIBRARY) $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes $< $(BUILD)/obj/main.o $(LIBRARY) $(ALL_LDFLAGS) -rdynamic $(LIBS) -o $@

valgrind: $(VALGRIND) $(UNIT_TESTS) $(REPLAYS) $(PROBES)
	@BUILD=$(BUILD) sh tests/valgrind $(UNIT_TESTS) $(REPLAYS)

# What does not need an ordinary user is tried as root alone.
asan:
	@BRIEF=1 $(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined do-test

# ---- fuzzing: bounded; the corpora are also replayed by `make test` ----

FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS = 60

# What runs commands is not fuzzed.
FUZZED := $(filter-out $(patsubst %,src/%.c,main doctor kernel load tell run_record monitor judge program pending affinity order births shares exposure act pin pin_run pin_plan pin_open jobs waits processes launch options explain),$(SOURCES))

# As with the unit tests, a fuzzer that includes fake_tracee.h gets that in place of tracee.c.
fakes = $(if $(shell grep -l 'fake_tracee.h' $(1)),tests/unit/fake_tracee.c)

$(BUILD)/fuzz/%: tests/fuzz/%.c $(SOURCES) $(GATE) $(PAGE)
	@mkdir -p $(BUILD)/fuzz
	clang -std=gnu11 -D_GNU_SOURCE -Iinclude -Itests/unit -g -O1 \
		-fsanitize=fuzzer,address,undefined -DSTOPGATE_VERSION='"$(VERSION)"' \
		-DSTOPGATE_DATADIR='"/"' $(LIB_CFLAGS) $< $(call fakes,$<) \
		$(filter-out $(if $(call fakes,$<),$(wildcard src/tracee*.c)),$(FUZZED)) $(GATE) $(PAGE) \
		$(LIBS) -o $@

.PHONY: fuzz
fuzz: $(FUZZERS)
	@for f in $(FUZZERS); do \
		corpus=tests/fuzz/corpus/$${f##*/fuzz_}; new=$(BUILD)/fuzz/corpus-$${f##*/}; \
		mkdir -p $$new; [ -d $$corpus ] || corpus=; \
		$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 $$new $$corpus || exit 1; \
	done

# ---- the rest ----

RACE_SECONDS = 3

# Each system call and each allocation of stopgate fails once; MOST of each.
faults: $(BUILD)/stopgate $(FAIL_ALLOC)
	@BUILD=$(BUILD) python3 tests/faults/run.py $(WORDS)

# Much work: PROCESSES, THREADS, FILES, PATHS and LINES of it.
soak: $(BUILD)/stopgate $(SOAK)
	@BUILD=$(BUILD) python3 tests/soak/run.py $(WORDS)

# Other programs' own tests, bare and under stopgate; fetches and builds them.
transparency: $(BUILD)/stopgate
	@BUILD=$(BUILD) python3 tests/transparency/run.py $(WORDS)

.PHONY: faults soak transparency demo do-demo bench race lint deps install uninstall clean help
demo: deps-build
	@$(MAKE) --no-print-directory do-demo

do-demo: $(BUILD)/stopgate
	@BUILD=$(BUILD) sh tests/demo

DECIDE := $(BUILD)/tests/decide
$(DECIDE): tests/bench/decide.c $(LIBRARY) $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $< $(LIBRARY) $(ALL_LDFLAGS) $(LIBS) -o $@

bench: $(BUILD)/stopgate $(PROBES) $(DECIDE)
	@BUILD=$(BUILD) python3 tests/bench/run.py $(WORDS)

# Each attack and layer for RACE_SECONDS at most.
race: $(BUILD)/stopgate $(SWITCHED) $(RACE)
	@BUILD=$(BUILD) RACE_SECONDS=$(RACE_SECONDS) python3 tests/race/run.py

lint:
	@sh .ci/lint $(SOURCES)

.PHONY: deps-build
deps-build:
	@sh .ci/deps build
# What was installed may change what the compiler knows.
deps:
	@sh .ci/deps build test
	@rm -f $(BUILD)/probed.mk

# What goes where, below DESTDIR: for install and for uninstall, which takes away nothing else.
BINDIR  = $(PREFIX)/bin
DATADIR = $(PREFIX)/share
ZSH_COMPLETIONS = $(DATADIR)/zsh/site-functions
INSTALLED_DIRS = $(BINDIR) $(DATADIR)/stopgate/policies $(DATADIR)/doc/stopgate $(DATADIR)/man/man1 \
	$(DATADIR)/man/man5 $(DATADIR)/man/man7 $(DATADIR)/bash-completion/completions \
	$(ZSH_COMPLETIONS) $(DATADIR)/fish/vendor_completions.d
INSTALLED_DOCS = README.md CHANGELOG.md SECURITY.md
INSTALLED = $(BINDIR)/stopgate $(patsubst policies/%,$(DATADIR)/stopgate/policies/%,$(wildcard policies/*.ini)) \
	$(patsubst %,$(DATADIR)/doc/stopgate/%,$(INSTALLED_DOCS)) \
	$(foreach n,1 5 7,$(patsubst man/%,$(DATADIR)/man/man$(n)/%,$(wildcard man/*.$(n)))) \
	$(DATADIR)/bash-completion/completions/stopgate $(ZSH_COMPLETIONS)/_stopgate \
	$(DATADIR)/fish/vendor_completions.d/stopgate.fish

install: $(BUILD)/stopgate $(COMPLETIONS)
	$(INSTALL) -d $(addprefix $(DESTDIR),$(INSTALLED_DIRS))
	$(INSTALL) -m 755 $(BUILD)/stopgate $(DESTDIR)$(BINDIR)/stopgate
	$(INSTALL) -m 644 policies/*.ini $(DESTDIR)$(DATADIR)/stopgate/policies
	$(INSTALL) -m 644 $(INSTALLED_DOCS) $(DESTDIR)$(DATADIR)/doc/stopgate
	$(INSTALL) -m 644 man/*.1 $(DESTDIR)$(DATADIR)/man/man1
	$(INSTALL) -m 644 man/*.5 $(DESTDIR)$(DATADIR)/man/man5
	$(INSTALL) -m 644 man/*.7 $(DESTDIR)$(DATADIR)/man/man7
	$(INSTALL) -m 644 $(BUILD)/completions/stopgate $(DESTDIR)$(DATADIR)/bash-completion/completions
	$(INSTALL) -m 644 $(BUILD)/completions/_stopgate $(DESTDIR)$(ZSH_COMPLETIONS)
	$(INSTALL) -m 644 $(BUILD)/completions/stopgate.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	@for d in stopgate/policies stopgate doc/stopgate; do \
		[ ! -d $(DESTDIR)$(DATADIR)/$$d ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$(DATADIR)/$$d; done

# The same bytes whenever it is made of the same commit.
DIST := $(BUILD)/stopgate-$(VERSION).tar.gz
.PHONY: dist
dist:
	@mkdir -p $(BUILD)
	git archive --prefix=stopgate-$(VERSION)/ HEAD | gzip -9n > $(DIST).new && mv $(DIST).new $(DIST)

.PHONY: deb
deb:
	@sh .ci/deb $(BUILD)/deb $(VERSION)

clean:
	rm -rf $(BUILD)

help:
	@echo 'make            build build/stopgate'
	@echo 'make demo       install what is missing, build, and show the main job on real programs'
	@echo 'make test       install what is missing, build, and run every test'
	@echo 'make unit live  the two halves of it, without installing'
	@echo 'make asan       the tests with AddressSanitizer and UBSan'
	@echo 'make valgrind   unit tests, corpora and some live tests under valgrind'
	@echo 'make coverage   the tests, and which lines they ran; needs gcovr'
	@echo 'make fuzz       each fuzzer for FUZZ_SECONDS'
	@echo 'make lint       clang-tidy, cppcheck, layers, formats'
	@echo 'make bench      what a stop costs, against bare and strace'
	@echo 'make race       who wins which race, by layer; RACE_SECONDS for each attack and layer'
	@echo 'make faults     each system call and each allocation of stopgate fails once'
	@echo 'make transparency  test suites of other programs, bare and under stopgate; WORDS="bash make ..."'
	@echo 'make soak       much work: no memory, descriptor or record is lost; PROCESSES, THREADS, FILES, PATHS, LINES'
	@echo 'make install    DESTDIR= PREFIX=/usr/local; make uninstall'
	@echo 'make dist       the sources of the last commit as a tarball; make deb: a package of it for Debian'
