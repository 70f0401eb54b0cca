/*
 * curses does not get the terminal but a memory file: what it writes for a frame is taken from
 * there and put into the terminal's queue, so that no call of curses can block on a terminal that
 * nobody reads. curses knows the terminal by its terminfo entry only; size and modes are ours.
 *
 * Two canvases take turns: the one being drawn and the one that is on the screen. Rows that are
 * equal are not even shown to curses; of the others, the stretch from the first to the last
 * difference is, and curses finds the cheapest bytes for it.
 */
#include <curses.h>

#include "ui/tui/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#include "ui/tui/palette.h"
#include "ui/tui/terminfo.h"

enum { WIDTH_MAX = 1000, HEIGHT_MAX = 400, SIZE_REFUSED = 10000 };

#define MOUSE_ON "\x1b[?1000h\x1b[?1006h"
#define MOUSE_OFF "\x1b[?1006l\x1b[?1000l"
#define PASTE_ON "\x1b[?2004h"
#define PASTE_OFF "\x1b[?2004l"

struct screen {
	struct terminal *terminal;
	FILE *file; /* what curses writes to */
	SCREEN *curses;
	struct palette palette;
	struct canvas drawn, shown;
	cchar_t *row; /* of one line, for curses */
	bool utf8, mouse, paste;
	bool all; /* `shown` is not what is on the screen */
	char rescue[256];
	size_t n_rescue;
};

/* Moves what curses has written since the last time to the terminal's queue. */
static void take_output(struct screen *screen)
{
	int fd = fileno(screen->file);
	off_t size = lseek(fd, 0, SEEK_CUR);
	char buffer[4096];

	for (off_t at = 0; at < size;) {
		ssize_t n = pread(fd, buffer, sizeof(buffer), at);
		if (n <= 0 || !terminal_queue(screen->terminal, buffer, (size_t)n)) {
			screen->all = true; /* some of it is lost: once more, from the start */
			break;
		}
		at += n;
	}
	if (size > 0 && ftruncate(fd, 0) == 0)
		lseek(fd, 0, SEEK_SET);
}

static void queue_string(struct screen *screen, const char *string)
{
	terminal_queue(screen->terminal, string, strlen(string));
}

static void set_modes(struct screen *screen, bool on)
{
	if (screen->paste)
		queue_string(screen, on ? PASTE_ON : PASTE_OFF);
	if (screen->mouse)
		queue_string(screen, on ? MOUSE_ON : MOUSE_OFF);
}

static void prepare_rescue(struct screen *screen)
{
	static const char *const names[] = { "sgr0", "rmcup", "cnorm" };
	char value[64];

	/* CAN ends whatever sequence has been cut off */
	snprintf(screen->rescue, sizeof(screen->rescue), "\x18%s%s", screen->paste ? PASTE_OFF : "",
		 screen->mouse ? MOUSE_OFF : "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		terminfo_string(names[i], value, sizeof(value));
		strcat(screen->rescue, value);
	}
	screen->n_rescue = strlen(screen->rescue);
}

static bool open_curses(struct screen *screen, struct error *err)
{
	int fd = memfd_create("screen", MFD_CLOEXEC);

	screen->file = fd >= 0 ? fdopen(fd, "w+") : NULL;
	if (!screen->file) {
		if (fd >= 0)
			close(fd);
		return error_set_errno(err, ERROR_TERMINAL, -1, errno, "screen buffer");
	}
	if (!terminfo_check(fd, err))
		return false;
	screen->curses = newterm(NULL, screen->file, stdin);
	if (!screen->curses)
		return error_set(err, ERROR_TERMINAL, -1,
				 "curses cannot use this terminal; try --export=text");
	terminfo_keep_palette();
	terminfo_keep_charset(screen->file);
	typeahead(-1);
	nonl();
	curs_set(0);
	leaveok(stdscr, TRUE);
	return true;
}

struct screen *screen_open(struct terminal *terminal, enum tui_colour colour, bool mouse,
			   struct error *err)
{
	int width, height;

	terminal_size(terminal, &width, &height);
	if (width > SIZE_REFUSED || height > SIZE_REFUSED) {
		error_set(err, ERROR_TERMINAL, -1,
			  "the terminal claims %dx%d characters (allowed %dx%d); try --export=text",
			  width, height, SIZE_REFUSED, SIZE_REFUSED);
		return NULL;
	}
	struct screen *screen = calloc(1, sizeof(*screen));
	if (!screen) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	screen->terminal = terminal;
	screen->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!open_curses(screen, err)) {
		screen_close(screen);
		return NULL;
	}
	screen->paste = terminfo_has("smcup"); /* a terminal of our times */
	screen->mouse = mouse && terminfo_has("kmous");
	palette_init(&screen->palette, colour);
	prepare_rescue(screen);
	if (!screen_resize(screen)) {
		screen_close(screen);
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	set_modes(screen, true);
	return screen;
}

void screen_close(struct screen *screen)
{
	if (!screen)
		return;
	if (screen->curses) {
		if (screen->row) { /* it has been open */
			set_modes(screen, false);
			endwin();
			fflush(screen->file);
			take_output(screen);
		}
		delscreen(screen->curses);
	}
	if (screen->file)
		fclose(screen->file);
	canvas_free(&screen->drawn);
	canvas_free(&screen->shown);
	free(screen->row);
	free(screen);
}

bool screen_resize(struct screen *screen)
{
	int width, height;

	terminal_size(screen->terminal, &width, &height);
	if (width > WIDTH_MAX)
		width = WIDTH_MAX;
	if (height > HEIGHT_MAX)
		height = HEIGHT_MAX;
	if (screen->row && width == screen->shown.width && height == screen->shown.height) {
		screen_repaint(screen);
		return true;
	}
	struct canvas drawn, shown;
	cchar_t *row = calloc((size_t)width, sizeof(*row));
	bool good = canvas_init(&drawn, width, height, glyphs_get(GLYPHS_ASCII));
	good = canvas_init(&shown, width, height, drawn.glyphs) && good;
	if (!row || !good || resize_term(height, width) != OK) {
		canvas_free(&drawn);
		canvas_free(&shown);
		free(row);
		return false;
	}
	canvas_free(&screen->drawn);
	canvas_free(&screen->shown);
	free(screen->row);
	screen->drawn = drawn;
	screen->shown = shown;
	screen->row = row;
	screen_repaint(screen);
	return true;
}

struct canvas *screen_canvas(struct screen *screen, const struct glyphs *glyphs)
{
	screen->drawn.glyphs = glyphs;
	canvas_clear(&screen->drawn);
	return &screen->drawn;
}

/* What may be sent to the terminal: the text gate has let it through already, this is the last
 * look. curses must agree on the width, or the rest of the line would be off. */
static bool is_showable(const struct screen *screen, uint32_t code, int width)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	return code < 0x7f || (screen->utf8 && wcwidth((wchar_t)code) == width);
}

/* Lines, blocks, dots. */
static bool is_drawing(uint32_t code)
{
	return (code >= 0x2500 && code < 0x25a0) || (code >= 0x2800 && code < 0x2900);
}

static bool is_blank(const struct cell *cell)
{
	return cell->code[0] == ' ' && cell->code[1] == 0;
}

/* A gap between two words of one look takes their look, if that cannot be seen, so that the line
 * need not change its colour twice; all other blanks look alike. */
static const struct look *look_of_blank(struct screen *screen, int x, int y)
{
	enum { GAP = 4 };
	const struct canvas *canvas = &screen->drawn;
	const struct cell *cell = canvas_at(canvas, x, y);
	const struct look *look = palette_look(&screen->palette, cell->role, cell->flags, true);
	int left = 1, right = 1;

	while (left <= GAP && x - left >= 0 && is_blank(cell - left))
		left++;
	while (right <= GAP && x + right < canvas->width && is_blank(cell + right))
		right++;
	if (left + right - 1 > GAP || x < left || x + right >= canvas->width)
		return look;
	const struct cell *before = cell - left, *after = cell + right;
	const struct look *words = palette_look(&screen->palette, before->role, before->flags, false);
	const struct look *other = palette_look(&screen->palette, after->role, after->flags, false);
	bool unseen = words->back == look->back &&
		      !((words->attributes | look->attributes) & (A_UNDERLINE | A_REVERSE));
	bool same = words->attributes == other->attributes && words->pair == other->pair;
	return same && unseen ? words : look;
}

/* Returns how many elements of the row it made: more than one where a wide character had to be
 * replaced. */
static int convert(struct screen *screen, int x, int y, cchar_t *out)
{
	const struct cell *cell = canvas_at(&screen->drawn, x, y);
	bool blank = is_blank(cell);
	const struct look *look = blank ? look_of_blank(screen, x, y)
					: palette_look(&screen->palette, cell->role, cell->flags, false);
	attr_t attributes = look->attributes | (cell->flags & CELL_BOLD && !blank ? A_BOLD : 0);
	if (is_drawing(cell->code[0]) && screen->palette.colours >= 16)
		attributes &= ~A_BOLD; /* not to be seen on it, but it costs bytes */
	wchar_t text[4] = { 0 };
	int n = 1;

	if (is_showable(screen, cell->code[0], cell->width)) {
		text[0] = (wchar_t)cell->code[0];
		for (int i = 1; i < 3 && cell->code[i]; i++)
			if (is_showable(screen, cell->code[i], 0))
				text[n++] = (wchar_t)cell->code[i];
		n = 1;
	} else {
		text[0] = L'?';
		n = cell->width;
	}
	short pair = look->pair;
	if (cell->back != ROLE_NORMAL && !(cell->flags & CELL_SELECTED)) {
		pair = palette_pixels(&screen->palette, (enum role)cell->role, (enum role)cell->back);
		attributes = A_NORMAL;
	}
	for (int i = 0; i < n; i++)
		setcchar(out + i, text, attributes, pair, NULL);
	return n;
}

static bool same(const struct cell *a, const struct cell *b)
{
	return memcmp(a->code, b->code, sizeof(a->code)) == 0 && a->width == b->width &&
	       a->role == b->role && a->flags == b->flags && a->back == b->back;
}

static void present_row(struct screen *screen, int y)
{
	const struct cell *drawn = canvas_at(&screen->drawn, 0, y);
	const struct cell *shown = canvas_at(&screen->shown, 0, y);
	int first = 0, end = screen->drawn.width, n = 0;

	if (!screen->all) {
		while (first < end && same(drawn + first, shown + first))
			first++;
		while (end > first && same(drawn + end - 1, shown + end - 1))
			end--;
	}
	while (first > 0 && drawn[first].width == 0) /* no half of a wide character */
		first--;
	if (end < screen->drawn.width && drawn[end].width == 0)
		end++;
	for (int x = first; x < end; x++)
		if (drawn[x].width > 0)
			n += convert(screen, x, y, screen->row + n);
	if (n > 0)
		mvadd_wchnstr(y, first, screen->row, n);
}

void screen_present(struct screen *screen, const struct theme *theme)
{
	if (theme != screen->palette.theme) {
		palette_set_theme(&screen->palette, theme);
		screen_repaint(screen);
	}
	if (screen->all)
		clearok(curscr, TRUE);
	for (int y = 0; y < screen->drawn.height; y++)
		present_row(screen, y);
	screen->all = false;
	wnoutrefresh(stdscr);
	doupdate();
	take_output(screen);

	struct canvas canvas = screen->shown;
	screen->shown = screen->drawn;
	screen->drawn = canvas;
}

void screen_repaint(struct screen *screen)
{
	screen->all = true;
}

void screen_forget_theme(struct screen *screen)
{
	screen->palette.theme = NULL;
}

void screen_leave(struct screen *screen)
{
	set_modes(screen, false);
	endwin();
	take_output(screen);
}

void screen_enter(struct screen *screen)
{
	set_modes(screen, true);
	screen_repaint(screen); /* curses enters its screen with the next frame */
}

const char *screen_rescue(const struct screen *screen, size_t *n)
{
	*n = screen->n_rescue;
	return screen->rescue;
}

bool screen_is_utf8(const struct screen *screen)
{
	return screen->utf8;
}
