# mtui: build, install and test. `make help` lists the targets.
#
#   make V=1        with the whole command lines
#   make SAN=1      with AddressSanitizer and UBSan, in build/san
#   make TSAN=1     with ThreadSanitizer, in build/tsan

CC      ?= cc
AR      ?= ar
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
V       ?= 0

ifeq ($(SAN),1)
B        := build/san
SANFLAGS := -fsanitize=address,undefined,float-divide-by-zero -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(TSAN),1)
B        := build/tsan
SANFLAGS := -fsanitize=thread -fno-omit-frame-pointer
else ifeq ($(FUZZ),1)
B        := build/fuzz
SANFLAGS := -fsanitize=fuzzer-no-link,address,undefined,float-divide-by-zero -fno-sanitize-recover=all
else
B        := build
SANFLAGS :=
endif

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef
HARDEN   := -fPIE
ifeq ($(SANFLAGS),)
HARDEN   += -fstack-protector-strong
# It warns without optimisation, and some compilers define it by themselves.
ifneq ($(filter -O1 -O2 -O3 -Os,$(CFLAGS)),)
HARDEN   += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
endif
CPPFLAGS_ALL := -Iinclude -Isrc -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(CPPFLAGS)
ifneq ($(SANFLAGS),)
# What only large models do, small ones of the tests do, too.
CPPFLAGS_ALL += -DONNX_AHEAD_FROM=64
endif
ifeq ($(FUZZ),1)
CPPFLAGS_ALL += -DASIDE_AT_ONCE
endif
CFLAGS_ALL   := -std=c11 $(WARNINGS) $(HARDEN) -ffp-contract=off -pthread $(CFLAGS) $(SANFLAGS)
LDFLAGS_ALL  := -pie -pthread -Wl,-z,relro,-z,now $(LDFLAGS) $(SANFLAGS)

# The rooms, lowest first; each is an archive and may call only those before it in its own list.
ROOMS          := core/base core/model core/layout core/kernels core/formats core/runs core/analysis core/structure core/quant core/curves \
                  core/engine core/inference core/check session ui/canvas ui/views ui/app ui/tui export engine
CORE_ROOMS     := core/check core/engine core/inference core/layout core/quant core/structure core/analysis core/curves core/runs \
                  core/formats core/kernels core/model core/base
BELOW_core/base     :=
BELOW_core/model    := core/base
BELOW_core/layout   := core/model core/base
BELOW_core/kernels  := core/model core/base
BELOW_core/formats  := core/model core/base
BELOW_core/runs     := core/base
BELOW_core/analysis := core/kernels core/model core/base
BELOW_core/structure := core/analysis core/kernels core/model core/base
BELOW_core/quant    := core/structure core/analysis core/kernels core/model core/base
BELOW_core/curves   := core/runs core/base
BELOW_core/engine   := core/model core/base
BELOW_core/inference := core/quant core/structure core/analysis core/kernels core/model core/base
BELOW_core/check    := core/inference core/quant core/structure core/analysis core/kernels core/model core/base
BELOW_session       := $(CORE_ROOMS)
BELOW_ui/canvas     := core/base
BELOW_ui/views      := session ui/canvas $(CORE_ROOMS)
BELOW_ui/app        := ui/views $(BELOW_ui/views)
BELOW_ui/tui        := ui/app $(BELOW_ui/app)
BELOW_export        := ui/app $(BELOW_ui/app)
BELOW_engine        := core/engine core/base

archive   = $(B)/lib/$(subst /,-,$(1)).a
sources   = $(wildcard src/$(1)/*.c)
objects   = $(patsubst src/%.c,$(B)/obj/%.o,$(call sources,$(1))) $(GENERATED_$(1))

# The loops of the kernels once more for newer x86 CPUs; cpu.c chooses when the program starts.
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
GENERATED_core/kernels := $(B)/obj/core/kernels/vector.avx2.o $(B)/obj/core/kernels/vector.avx512.o
ISA_avx2   := -mavx2
ISA_avx512 := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd -mprefer-vector-width=512
$(B)/obj/core/kernels/%_avx2.o: CFLAGS_ALL += $(ISA_avx2)
$(B)/obj/core/kernels/%_avx512.o: CFLAGS_ALL += $(ISA_avx512)
# Where each variable lives in these loops is more than gcc can follow: lines are enough.
$(B)/obj/core/kernels/loss_avx2.o $(B)/obj/core/kernels/loss_avx512.o: CFLAGS_ALL += -g1
endif

# The built-in theme is written in the language of theme files, too.
GENERATED_ui/app := $(B)/obj/gen/theme_dark.o

CURSES_LIBS := $(shell pkg-config --libs ncursesw 2>/dev/null || echo -lncursesw -ltinfo)
CJSON_LIBS  := -lcjson
ZLIB_LIBS   := -lz
LIBS        := $(CURSES_LIBS) $(CJSON_LIBS) $(ZLIB_LIBS) -lm

ifeq ($(V),0)
Q := @
say = @printf '  %-5s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

.PHONY: all engine run check unit unit-threads check-unit replay fuzzers fuzz arm64 bench bench-kernels install uninstall picture format clean help

## all: build build/mtui and build/mtui-engine; installs nothing (the default)
all: $(B)/mtui engine
	@:

# Said once and clearly, instead of by the first file that includes them.
NEEDS_curses.h      := libncurses-dev
NEEDS_cjson/cJSON.h := libcjson-dev
NEEDS_zlib.h        := zlib1g-dev
$(B)/headers:
	@missing=; $(foreach h,curses.h cjson/cJSON.h zlib.h,\
	  printf '#include <stdio.h>\n#include <$(h)>\n' | $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1 \
	    || missing="$$missing $(NEEDS_$(h))"; ) \
	if [ -n "$$missing" ]; then \
	  echo "mtui needs headers that are not here. On Debian and Ubuntu they come with:" >&2; \
	  echo "  sudo apt-get install -y --no-install-recommends$$missing" >&2; \
	  echo "\`make run\` installs them, too." >&2; exit 1; \
	fi
	@mkdir -p $(@D) && : >$@

MAIN_ROOMS   := ui/tui export $(BELOW_ui/tui)
MAIN_OBJECTS := $(patsubst src/%.c,$(B)/obj/%.o,$(wildcard src/*.c))
$(B)/mtui: $(MAIN_OBJECTS) $(foreach r,$(MAIN_ROOMS),$(call archive,$(r)))
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(MAIN_OBJECTS) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

# The separate program around libonnx, where its headers are there. Sanitizers stay out of it: they
# need more address space and system calls than it leaves itself.
ENGINE_OBJECTS := $(patsubst src/%.c,build/obj/%.o,$(call sources,engine)) build/obj/engine/engine_onnx.o
HAVE_LIBONNX   := $(shell printf '\043include <onnx/checker.h>\n\043include <google/protobuf/message.h>\n' | \
                    $(CXX) -DONNX_ML=1 -DONNX_NAMESPACE=onnx -E -x c++ - >/dev/null 2>&1 && echo yes)

ifneq ($(HAVE_LIBONNX),yes)
engine:
	@echo '  Note: mtui-engine is not built, so there will be nothing from libonnx. It needs'
	@echo '        g++, libonnx-dev and libprotobuf-dev.'
else ifeq ($(SANFLAGS),)
engine: $(B)/mtui-engine

$(B)/mtui-engine: $(ENGINE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ -lonnx -lonnx_proto -lprotobuf

build/obj/engine/engine_onnx.o: src/engine/engine_onnx.cc
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS_ALL) -DONNX_ML=1 -DONNX_NAMESPACE=onnx -std=c++17 -Wall -Wextra -Werror \
	  $(HARDEN) $(CFLAGS) -MMD -MP -c -o $@ $<
else
engine:
	@$(MAKE) --no-print-directory SAN=0 TSAN=0 FUZZ=0 build/mtui-engine
	@cmp -s build/mtui-engine $(B)/mtui-engine || cp build/mtui-engine $(B)/mtui-engine
endif

define ROOM
$(call archive,$(1)): $(call objects,$(1))
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call ROOM,$(r))))

$(B)/obj/%.o: src/%.c | $(B)/headers
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Loops over blocks that the compiler is to vectorise.
ifeq ($(SANFLAGS),)
$(B)/obj/core/kernels/%.o: CFLAGS_ALL += -O3
$(B)/obj/core/analysis/%.o: CFLAGS_ALL += -O3
$(B)/obj/core/quant/%.o: CFLAGS_ALL += -O3
$(B)/obj/core/curves/%.o: CFLAGS_ALL += -O3
$(B)/obj/core/runs/%.o: CFLAGS_ALL += -O3
$(B)/obj/core/check/weight_scan.o: CFLAGS_ALL += -O3
endif

$(GENERATED_core/kernels): $(B)/obj/core/kernels/vector.%.o: src/core/kernels/vector.c | $(B)/headers
	$(call say,CC,$< \($*\))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) -DKERNELS_ISA=$* $(CFLAGS_ALL) $(ISA_$*) -MMD -MP -c -o $@ $<

$(B)/gen/theme_dark.c: themes/dark.json
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q){ echo 'extern const char theme_dark_json[];'; echo 'const char theme_dark_json[] ='; \
	  sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/\t"&\\n"/' $<; echo '	;'; } >$@

$(B)/obj/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

# Unit tests: tests/unit/<room with dashes>/test_*.c, linked to their room and those below it.
UNIT_SOURCES := $(wildcard tests/unit/*/test_*.c)
UNIT_TESTS   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SOURCES))

unit: $(UNIT_TESTS)

define UNIT
$(B)/unit/$(subst /,-,$(1))/%: tests/unit/$(subst /,-,$(1))/%.c $(foreach r,$(1) $(BELOW_$(1)),$(call archive,$(r)))
	$$(call say,CCLD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS_ALL) -Itests/unit $$(CFLAGS_ALL) -MMD -MP $$(LDFLAGS_ALL) -o $$@ $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -lcmocka $$(if $$(findstring tui,$(1)),$$(CURSES_LIBS)) $$(CJSON_LIBS) $(ZLIB_LIBS) -lm
endef
$(foreach r,$(ROOMS),$(eval $(call UNIT,$(r))))

# What several threads run through, for ThreadSanitizer.
unit-threads: $(filter %/test_pool %/test_aside %/test_file_scan %/test_onnx_ahead $(B)/unit/session/%,$(UNIT_TESTS))

# Only the unit tests of one build, without the rest of `make check`: make SAN=1 check-unit
check-unit: unit
	@fail=0; for t in $(UNIT_TESTS); do $$t >$$t.log 2>&1 && echo "ok   $$t" || { echo "FAIL $$t"; cat $$t.log; fail=1; }; done; exit $$fail

# Programs that tests compare with others, linked to the core.
$(B)/differential/%: tests/differential/%.c $(foreach r,$(CORE_ROOMS),$(call archive,$(r)))
	$(call say,CCLD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(CJSON_LIBS) -lm

# Fuzz targets: tests/fuzz/fuzz_*.c over the core. `replay` links them with a main that runs the
# files it is given, for the tests; `fuzz` links them with libFuzzer, which only clang has.
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
CORE_LIBS    := $(foreach r,$(CORE_ROOMS),$(call archive,$(r)))
LINK_FUZZ     = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.c,$^) \
                -Wl,--start-group $(CORE_LIBS) -Wl,--end-group $(CJSON_LIBS) $(ZLIB_LIBS) -lm

replay: $(addprefix $(B)/replay/,$(FUZZ_TARGETS)) $(B)/ask_engine

$(B)/ask_engine: tests/engine/ask_engine.c $(CORE_LIBS)
	$(call say,CCLD,$@)
	$(Q)$(LINK_FUZZ)

$(B)/replay/%: tests/fuzz/%.c tests/fuzz/replay.c $(CORE_LIBS)
	$(call say,CCLD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK_FUZZ)

fuzzers: $(addprefix $(B)/,$(FUZZ_TARGETS))

$(B)/fuzz_%: tests/fuzz/fuzz_%.c $(CORE_LIBS)
	$(call say,CCLD,$@)
	$(Q)$(LINK_FUZZ) -fsanitize=fuzzer

## fuzz: build the fuzzers (with clang); run one as build/fuzz/fuzz_gate tests/fuzz/corpus/gate
fuzz:
	@$(MAKE) --no-print-directory FUZZ=1 CC=clang fuzzers

MODEL ?= tests/demo/digits.onnx

## run: install what building needs, build, and open the demo model, or MODEL=FILE
run: export MODEL_FILE = $(MODEL)
run:
	@sh tests/setup.sh build
	@$(MAKE) --no-print-directory all
	@build/mtui -- "$$MODEL_FILE"

## check: install what the tests need, build plain and with sanitizers, run every test
check:
	@sh tests/setup.sh test || echo 'Some packages could not be installed; tests that need them are skipped.'
	@$(MAKE) --no-print-directory all build/differential/print_shapes
	@$(MAKE) --no-print-directory SAN=1 all unit replay
	@$(MAKE) --no-print-directory TSAN=1 unit-threads
	@tests/run

## arm64: cross-build the analysis core and run its kernels' tests under qemu, where both are there
arm64:
	@tests/arm64/run

## bench: measure mtui beside its peers; prints ratios, says what it skipped
bench: all $(B)/bench/bench_kernels $(B)/bench/bench_bounded $(B)/bench/bench_logs $(B)/bench/bench_layout
	@/usr/bin/python3 tests/bench/bench.py

## bench-kernels: measure the numeric kernels against the plain read limit
bench-kernels: $(B)/bench/bench_kernels
	@$<

$(B)/bench/%: tests/bench/%.c $(foreach r,$(CORE_ROOMS),$(call archive,$(r)))
	$(call say,CCLD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) -Itests/unit $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(CJSON_LIBS) $(ZLIB_LIBS) -lm

DESTDIR   ?=
BINDIR     = $(DESTDIR)$(PREFIX)/bin
LIBEXECDIR = $(DESTDIR)$(PREFIX)/libexec/mtui
MANDIR     = $(DESTDIR)$(PREFIX)/share/man/man1
DATADIR    = $(DESTDIR)$(PREFIX)/share/mtui
LIBDIR     = $(DESTDIR)$(PREFIX)/lib
INCLUDEDIR = $(DESTDIR)$(PREFIX)/include
THEMES    := $(notdir $(wildcard themes/*.json))
VERSION    = $(shell sed -n 's/^.define MTUI_VERSION "\(.*\)"/\1/p' include/mtui/version.h)

# The analysis core as one archive, for other programs.
$(B)/libmtui.a: $(foreach r,$(CORE_ROOMS),$(call objects,$(r)))
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

define PKGCONFIG
prefix=$(PREFIX)
includedir=$${prefix}/include
libdir=$${prefix}/lib

Name: mtui
Description: Reads neural-network models and analyses their weights
Version: $(VERSION)
Cflags: -I$${includedir}
Libs: -L$${libdir} -lmtui -lcjson -lz -lm -pthread
endef
export PKGCONFIG

## install: program, manual, themes, and libmtui with its headers, under PREFIX (and DESTDIR)
install: all $(B)/libmtui.a
	install -d $(BINDIR) $(MANDIR) $(DATADIR)/themes $(LIBDIR)/pkgconfig $(INCLUDEDIR)/mtui
	install -m 755 $(B)/mtui $(BINDIR)/mtui
	if [ -f $(B)/mtui-engine ]; then \
	  install -d $(LIBEXECDIR) && install -m 755 $(B)/mtui-engine $(LIBEXECDIR)/mtui-engine; fi
	install -m 644 man/mtui.1 $(MANDIR)/mtui.1
	install -m 644 themes/*.json $(DATADIR)/themes
	install -m 644 include/mtui/*.h $(INCLUDEDIR)/mtui
	install -m 644 $(B)/libmtui.a $(LIBDIR)/libmtui.a
	@echo "$$PKGCONFIG" >$(B)/mtui.pc
	install -m 644 $(B)/mtui.pc $(LIBDIR)/pkgconfig/mtui.pc

## uninstall: remove what install put there
uninstall:
	rm -f $(LIBEXECDIR)/mtui-engine
	rm -f $(BINDIR)/mtui $(MANDIR)/mtui.1 $(LIBDIR)/libmtui.a $(LIBDIR)/pkgconfig/mtui.pc
	rm -f $(addprefix $(DATADIR)/themes/,$(THEMES))
	rm -f $(addprefix $(INCLUDEDIR)/,$(patsubst include/%,%,$(wildcard include/mtui/*.h)))
	-rmdir $(DATADIR)/themes $(DATADIR) $(LIBEXECDIR) $(INCLUDEDIR)/mtui 2>/dev/null

## picture: rewrite the picture in README.md from the program
picture: all
	@tests/picture

## format: lay out the sources as .clang-format says
format:
	clang-format -i $$(find src include tests -name '*.[ch]')

## clean: remove everything that was built
clean:
	rm -rf build

## help: this list
help:
	@sed -n 's/^## \([a-z0-9-]*\): /\1\t/p' Makefile | expand -t 15

-include $(shell find $(B)/obj $(B)/unit -name '*.d' 2>/dev/null)
