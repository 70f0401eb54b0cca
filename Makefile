# mtui: build, install and test. `make help` lists the targets.
#
#   make            build/mtui (never installs packages)
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
else
B        := build
SANFLAGS :=
endif

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
ifneq ($(SANFLAGS),)
HARDEN   := -fPIE
endif
CPPFLAGS_ALL := -Iinclude -Isrc -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(CPPFLAGS)
CFLAGS_ALL   := -std=c11 $(WARNINGS) $(HARDEN) -ffp-contract=off -pthread $(CFLAGS) $(SANFLAGS)
LDFLAGS_ALL  := -pie -pthread -Wl,-z,relro,-z,now $(LDFLAGS) $(SANFLAGS)

# The rooms, lowest first; each is an archive and may call only those before it in its own list.
ROOMS          := core/base core/model core/kernels core/formats core/analysis session \
                  ui/canvas ui/views ui/app ui/tui export
BELOW_core/base     :=
BELOW_core/model    := core/base
BELOW_core/kernels  := core/model core/base
BELOW_core/formats  := core/model core/base
BELOW_core/analysis := core/kernels core/model core/base
BELOW_session       := core/analysis core/formats core/kernels core/model core/base
BELOW_ui/canvas     := core/base
BELOW_ui/views      := session core/analysis core/formats core/kernels core/model ui/canvas core/base
BELOW_ui/app        := ui/views $(BELOW_ui/views)
BELOW_ui/tui        := ui/app $(BELOW_ui/app)
BELOW_export        := ui/app $(BELOW_ui/app)
CORE_ROOMS     := core/analysis core/formats core/kernels core/model core/base

archive   = $(B)/lib/$(subst /,-,$(1)).a
sources   = $(wildcard src/$(1)/*.c)
objects   = $(patsubst src/%.c,$(B)/obj/%.o,$(call sources,$(1))) $(GENERATED_$(1))

# The built-in theme is written in the language of theme files, too.
GENERATED_ui/app := $(B)/obj/gen/theme_dark.o

CURSES_LIBS := $(shell pkg-config --libs ncursesw 2>/dev/null || echo -lncursesw -ltinfo)
CJSON_LIBS  := -lcjson
LIBS        := $(CURSES_LIBS) $(CJSON_LIBS) -lm

ifeq ($(V),0)
Q := @
say = @printf '  %-5s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

.PHONY: all clean help
all: $(B)/mtui

MAIN_ROOMS   := ui/tui export $(BELOW_ui/tui)
MAIN_OBJECTS := $(patsubst src/%.c,$(B)/obj/%.o,$(wildcard src/*.c))
$(B)/mtui: $(MAIN_OBJECTS) $(foreach r,$(MAIN_ROOMS),$(call archive,$(r)))
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(MAIN_OBJECTS) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

define ROOM
$(call archive,$(1)): $(call objects,$(1))
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call ROOM,$(r))))

$(B)/obj/%.o: src/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

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
	$$(Q)$$(CC) $$(CPPFLAGS_ALL) -Itests/unit $$(CFLAGS_ALL) -MMD -MP $$(LDFLAGS_ALL) -o $$@ $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -lcmocka $$(if $$(findstring tui,$(1)),$$(CURSES_LIBS)) $$(CJSON_LIBS) -lm
endef
$(foreach r,$(ROOMS),$(eval $(call UNIT,$(r))))

## check-unit: run the unit tests that are built
check-unit: unit
	@fail=0; for t in $(UNIT_TESTS); do $$t >$$t.log 2>&1 && echo "ok   $$t" || { echo "FAIL $$t"; cat $$t.log; fail=1; }; done; exit $$fail

clean:
	rm -rf build

help:
	@sed -n 's/^## //p' Makefile

-include $(shell find $(B)/obj $(B)/unit -name '*.d' 2>/dev/null)
