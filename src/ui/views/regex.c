/*
 * The pattern becomes a program for a machine that follows all its alternatives at once (Thompson
 * 1968): a list of the instructions that could come next, advanced by one byte at a time. So the
 * time is (bytes of the subject) x (instructions), whatever the pattern.
 *
 * Jumps are relative: a finished fragment can be moved by one to put a split before it, and
 * x{2,5} is made by reading x again. Each list entry carries where its attempt began; entries of
 * an earlier begin stand first and win, which gives the leftmost match. Long because the reader of
 * patterns and the machine share these structures and nothing else should see them.
 */
#include "ui/views/regex.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REGEX_MAX_STEPS	 1000
#define REGEX_MAX_DEPTH	 32
#define REGEX_MAX_REPEAT 255

enum step_kind { STEP_BYTE, STEP_SET, STEP_SPLIT, STEP_JUMP, STEP_BEGIN, STEP_END, STEP_MATCH };

struct step {
	uint8_t kind;
	uint8_t byte; /* STEP_BYTE, lower case */
	int16_t a, b; /* STEP_SPLIT, STEP_JUMP: relative; STEP_SET: a is the set */
};

struct byte_set {
	uint64_t bits[4];
};

struct thread {
	uint16_t step;
	uint16_t start; /* subjects are cut at LIMIT_NAME_SHOWN long before */
};

struct thread_list {
	struct thread *threads;
	unsigned count;
};

struct regex {
	struct step *steps;
	struct byte_set *sets;
	struct thread_list now, next;
	uint16_t *pending; /* steps still to be followed without a byte */
	uint32_t *seen;	   /* generation in which a step was listed */
	uint32_t *generation;
	unsigned n_steps, n_sets, capacity, sets_capacity;
	struct byte_set first; /* bytes a match can begin with */
	bool first_known;
};

struct parser {
	struct regex *regex;
	const uint8_t *at, *end;
	unsigned depth;
	struct error *err;
};

static uint8_t fold(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static void set_add(struct byte_set *set, uint8_t byte)
{
	set->bits[byte >> 6] |= UINT64_C(1) << (byte & 63);
}

static bool set_has(const struct byte_set *set, uint8_t byte)
{
	return set->bits[byte >> 6] >> (byte & 63) & 1;
}

static void set_invert(struct byte_set *set)
{
	for (unsigned i = 0; i < 4; i++)
		set->bits[i] = ~set->bits[i];
}

static bool bad(struct parser *parser, const char *what)
{
	return error_set(parser->err, ERROR_USAGE, -1, "pattern: %s", what);
}

static bool insert(struct parser *parser, unsigned at, struct step step)
{
	struct regex *regex = parser->regex;

	if (regex->n_steps == REGEX_MAX_STEPS)
		return bad(parser, "too large");
	if (regex->n_steps == regex->capacity) {
		unsigned capacity = regex->capacity ? regex->capacity * 2 : 32;
		struct step *steps = realloc(regex->steps, capacity * sizeof *steps);

		if (!steps)
			return error_set(parser->err, ERROR_MEMORY, -1, "out of memory");
		regex->steps = steps;
		regex->capacity = capacity;
	}
	memmove(regex->steps + at + 1, regex->steps + at,
		(regex->n_steps - at) * sizeof *regex->steps);
	regex->steps[at] = step;
	regex->n_steps++;
	return true;
}

static bool append(struct parser *parser, struct step step)
{
	return insert(parser, parser->regex->n_steps, step);
}

static bool append_set(struct parser *parser, const struct byte_set *set)
{
	struct regex *regex = parser->regex;

	if (regex->n_sets == regex->sets_capacity) {
		unsigned capacity = regex->sets_capacity ? regex->sets_capacity * 2 : 8;
		struct byte_set *sets = realloc(regex->sets, capacity * sizeof *sets);

		if (!sets)
			return error_set(parser->err, ERROR_MEMORY, -1, "out of memory");
		regex->sets = sets;
		regex->sets_capacity = capacity;
	}
	regex->sets[regex->n_sets] = *set;
	return append(parser, (struct step){ .kind = STEP_SET, .a = (int16_t)regex->n_sets++ });
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_alpha(uint8_t c)
{
	return is_lower(fold(c));
}

static bool is_alnum(uint8_t c)
{
	return is_alpha(c) || is_digit(c);
}

static bool is_word(uint8_t c)
{
	return is_alnum(c) || c == '_';
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_punct(uint8_t c)
{
	return c > ' ' && c < 0x7f && !is_alnum(c);
}

static bool is_hex(uint8_t c)
{
	return is_digit(c) || (fold(c) >= 'a' && fold(c) <= 'f');
}

static void set_class(struct byte_set *set, bool (*belongs)(uint8_t), bool inverted)
{
	for (unsigned byte = 0; byte < 256; byte++)
		if (belongs((uint8_t)byte) != inverted)
			set_add(set, (uint8_t)byte);
}

/* [:alpha:] inside brackets, the parser at its '['. */
static bool parse_class(struct parser *parser, struct byte_set *set)
{
	static const struct {
		const char *name;
		bool (*belongs)(uint8_t);
	} classes[] = {
		{ "alpha", is_alpha }, { "digit", is_digit }, { "alnum", is_alnum },
		{ "lower", is_alpha }, { "upper", is_alpha }, { "space", is_space },
		{ "punct", is_punct }, { "xdigit", is_hex },  { "word", is_word },
	};
	const uint8_t *name = parser->at + 2;
	const uint8_t *colon = memchr(name, ':', (size_t)(parser->end - name));

	if (!colon || colon + 1 >= parser->end || colon[1] != ']')
		return bad(parser, "[: without :]");
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		size_t len = strlen(classes[i].name);

		if (len != (size_t)(colon - name) || memcmp(name, classes[i].name, len) != 0)
			continue;
		set_class(set, classes[i].belongs, false);
		parser->at = colon + 2;
		return true;
	}
	return bad(parser, "unknown class in [: :]");
}

static void set_range(struct byte_set *set, uint8_t low, uint8_t high)
{
	for (unsigned byte = low; byte <= high; byte++) {
		set_add(set, (uint8_t)byte);
		set_add(set, fold((uint8_t)byte));
		if (is_lower((uint8_t)byte))
			set_add(set, (uint8_t)(byte & ~0x20u));
	}
}

static bool parse_brackets(struct parser *parser)
{
	struct byte_set set = { { 0 } };
	bool inverted = parser->at < parser->end && *parser->at == '^';
	bool first = true;

	parser->at += inverted;
	for (;; first = false) {
		if (parser->at == parser->end)
			return bad(parser, "[ without ]");
		if (*parser->at == ']' && !first)
			break;
		if (*parser->at == '[' && parser->end - parser->at > 2 && parser->at[1] == ':') {
			if (!parse_class(parser, &set))
				return false;
			continue;
		}
		uint8_t low = *parser->at++;
		uint8_t high = low;

		if (parser->end - parser->at > 1 && parser->at[0] == '-' && parser->at[1] != ']') {
			high = parser->at[1];
			parser->at += 2;
		}
		if (high < low)
			return bad(parser, "a range in [ ] runs backwards");
		set_range(&set, low, high);
	}
	parser->at++;
	if (inverted)
		set_invert(&set);
	return append_set(parser, &set);
}

static bool parse_escape(struct parser *parser)
{
	struct byte_set set = { { 0 } };

	if (parser->at == parser->end)
		return bad(parser, "ends in \\");
	uint8_t byte = *parser->at++;

	switch (byte) {
	case 'd':
	case 'D':
		set_class(&set, is_digit, byte == 'D');
		return append_set(parser, &set);
	case 'w':
	case 'W':
		set_class(&set, is_word, byte == 'W');
		return append_set(parser, &set);
	case 's':
	case 'S':
		set_class(&set, is_space, byte == 'S');
		return append_set(parser, &set);
	default:
		if (is_digit(byte))
			return bad(parser, "back-references are not supported");
		return append(parser, (struct step){ .kind = STEP_BYTE, .byte = fold(byte) });
	}
}

static bool parse_alternatives(struct parser *parser);

static bool parse_group(struct parser *parser)
{
	if (parser->depth == REGEX_MAX_DEPTH)
		return bad(parser, "parentheses too deep");
	/* Costs a step even when empty, so that repeats of nothing are bounded too. */
	if (!append(parser, (struct step){ .kind = STEP_JUMP, .a = 1 }))
		return false;
	parser->depth++;
	if (!parse_alternatives(parser))
		return false;
	parser->depth--;
	if (parser->at == parser->end)
		return bad(parser, "( without )");
	parser->at++;
	return true;
}

static bool parse_atom(struct parser *parser)
{
	static const struct byte_set all = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
	uint8_t byte = *parser->at++;

	switch (byte) {
	case '(':
		return parse_group(parser);
	case '[':
		return parse_brackets(parser);
	case '\\':
		return parse_escape(parser);
	case '.':
		return append_set(parser, &all);
	case '^':
		return append(parser, (struct step){ .kind = STEP_BEGIN });
	case '$':
		return append(parser, (struct step){ .kind = STEP_END });
	case '*':
	case '+':
	case '?':
		return bad(parser, "a repeat of nothing");
	default:
		return append(parser, (struct step){ .kind = STEP_BYTE, .byte = fold(byte) });
	}
}

/* The fragment from `start` on, made to repeat as *, + or ? say. */
static bool repeat(struct parser *parser, unsigned start, char how)
{
	int len = (int)(parser->regex->n_steps - start);
	struct step skip = { .kind = STEP_SPLIT, .a = 1, .b = (int16_t)(len + 1 + (how == '*')) };

	if (how == '+')
		return append(parser,
			      (struct step){ .kind = STEP_SPLIT, .a = (int16_t)-len, .b = 1 });
	if (!insert(parser, start, skip))
		return false;
	return how == '?' ||
	       append(parser, (struct step){ .kind = STEP_JUMP, .a = (int16_t)(-len - 1) });
}

static bool parse_number(struct parser *parser, unsigned *number)
{
	const uint8_t *from = parser->at;

	*number = 0;
	while (parser->at < parser->end && is_digit(*parser->at)) {
		*number = *number * 10 + (unsigned)(*parser->at++ - '0');
		if (*number > REGEX_MAX_REPEAT)
			return bad(parser, "a repeat of more than 255");
	}
	return parser->at > from || bad(parser, "a number is missing after {");
}

/* x{m,n}: the text of x, at `atom`, is read as often as it must occur. */
static bool parse_interval(struct parser *parser, const uint8_t *atom, unsigned start)
{
	unsigned least, most;
	bool open = false;

	parser->at++;
	if (!parse_number(parser, &least))
		return false;
	most = least;
	if (parser->at < parser->end && *parser->at == ',') {
		parser->at++;
		open = parser->at < parser->end && *parser->at == '}';
		if (!open && !parse_number(parser, &most))
			return false;
	}
	if (parser->at == parser->end || *parser->at != '}')
		return bad(parser, "{ without }");
	if (most < least)
		return bad(parser, "{m,n} with m above n");

	const uint8_t *after = parser->at + 1;

	parser->regex->n_steps = start;
	for (unsigned i = 0; i < most || (open && i <= least); i++) {
		unsigned copy = parser->regex->n_steps;

		parser->at = atom;
		if (!parse_atom(parser))
			return false;
		if (i >= least && !repeat(parser, copy, open ? '*' : '?'))
			return false;
	}
	parser->at = after;
	return true;
}

static bool parse_piece(struct parser *parser)
{
	const uint8_t *atom = parser->at;
	unsigned start = parser->regex->n_steps;

	if (!parse_atom(parser))
		return false;
	if (parser->at < parser->end && *parser->at == '{' && !parse_interval(parser, atom, start))
		return false;
	while (parser->at < parser->end && strchr("*+?", *parser->at) && *parser->at)
		if (!repeat(parser, start, (char)*parser->at++))
			return false;
	if (parser->at < parser->end && *parser->at == '{')
		return bad(parser, "a repeat of a repeat: use ( )");
	return true;
}

static bool parse_alternatives(struct parser *parser)
{
	struct regex *regex = parser->regex;
	int chain = -1; /* jumps to the end, each holding the one before until it is known */

	for (;;) {
		unsigned start = regex->n_steps;

		while (parser->at < parser->end && *parser->at != '|' &&
		       !(*parser->at == ')' && parser->depth))
			if (!parse_piece(parser))
				return false;
		if (parser->at == parser->end || *parser->at != '|')
			break;
		parser->at++;

		int16_t other = (int16_t)(regex->n_steps - start + 2);

		if (!insert(parser, start,
			    (struct step){ .kind = STEP_SPLIT, .a = 1, .b = other }) ||
		    !append(parser, (struct step){ .kind = STEP_JUMP, .a = (int16_t)chain }))
			return false;
		chain = (int)regex->n_steps - 1;
	}
	while (chain >= 0) {
		int before = regex->steps[chain].a;

		regex->steps[chain].a = (int16_t)((int)regex->n_steps - chain);
		chain = before;
	}
	return true;
}

/* Lists all steps that can be reached from one without a byte. */
static void list_add(const struct regex *regex, struct thread_list *list, unsigned step,
		     size_t start, size_t position, size_t len)
{
	unsigned n = 0;

	regex->pending[n++] = (uint16_t)step;
	while (n) {
		unsigned i = regex->pending[--n];
		const struct step *at = regex->steps + i;

		if (regex->seen[i] == *regex->generation)
			continue;
		regex->seen[i] = *regex->generation;
		switch (at->kind) {
		case STEP_SPLIT:
			regex->pending[n++] = (uint16_t)((int)i + at->b);
			regex->pending[n++] = (uint16_t)((int)i + at->a);
			break;
		case STEP_JUMP:
			regex->pending[n++] = (uint16_t)((int)i + at->a);
			break;
		case STEP_BEGIN:
			if (position == 0)
				regex->pending[n++] = (uint16_t)(i + 1);
			break;
		case STEP_END:
			if (position == len)
				regex->pending[n++] = (uint16_t)(i + 1);
			break;
		default:
			list->threads[list->count++] =
				(struct thread){ (uint16_t)i, (uint16_t)start };
		}
	}
}

static void list_begin(const struct regex *regex, struct thread_list *list)
{
	list->count = 0;
	if (++*regex->generation == 0) { /* wrapped: forget all marks */
		memset(regex->seen, 0, regex->n_steps * sizeof *regex->seen);
		*regex->generation = 1;
	}
}

/* What a match can begin with; not known where it may be nothing or the beginning or the end. */
static void find_first(struct regex *regex)
{
	struct thread_list *list = &regex->now;

	list_begin(regex, list);
	list_add(regex, list, 0, 0, 0, 0);
	regex->first_known = true;
	for (unsigned i = 0; i < list->count; i++) {
		const struct step *step = regex->steps + list->threads[i].step;

		if (step->kind == STEP_BYTE)
			set_range(&regex->first, step->byte, step->byte);
		else if (step->kind == STEP_SET)
			for (unsigned word = 0; word < 4; word++)
				regex->first.bits[word] |= regex->sets[step->a].bits[word];
		else
			regex->first_known = false;
	}
}

struct regex *regex_new(struct text source, struct error *err)
{
	static const uint8_t nothing[1];
	struct regex *regex = calloc(1, sizeof *regex);
	const uint8_t *bytes = source.len ? (const uint8_t *)source.data : nothing;
	struct parser parser = { regex, bytes, bytes + source.len, 0, err };

	if (!regex) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	if (!parse_alternatives(&parser) || !append(&parser, (struct step){ .kind = STEP_MATCH })) {
		regex_free(regex);
		return NULL;
	}
	regex->now.threads = calloc(regex->n_steps, sizeof(struct thread));
	regex->next.threads = calloc(regex->n_steps, sizeof(struct thread));
	regex->pending = calloc(2 * regex->n_steps + 2, sizeof *regex->pending);
	regex->seen = calloc(regex->n_steps, sizeof *regex->seen);
	regex->generation = calloc(1, sizeof *regex->generation);
	if (!regex->now.threads || !regex->next.threads || !regex->pending || !regex->seen ||
	    !regex->generation) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		regex_free(regex);
		return NULL;
	}
	find_first(regex);
	return regex;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	free(regex->steps);
	free(regex->sets);
	free(regex->now.threads);
	free(regex->next.threads);
	free(regex->pending);
	free(regex->seen);
	free(regex->generation);
	free(regex);
}

struct found {
	size_t start, len; /* len 0: nothing yet */
};

/* Follows every listed thread over one byte (or, at the end, none). */
static void advance(const struct regex *regex, struct thread_list *now, struct thread_list *next,
		    struct text subject, size_t position, struct found *found)
{
	for (unsigned i = 0; i < now->count; i++) {
		struct thread thread = now->threads[i];
		const struct step *step = regex->steps + thread.step;
		bool goes_on = false;

		if (found->len && thread.start > found->start)
			break;
		if (step->kind == STEP_MATCH) {
			if (position > thread.start)
				*found = (struct found){ thread.start, position - thread.start };
		} else if (position < subject.len) {
			uint8_t byte = (uint8_t)subject.data[position];

			goes_on = step->kind == STEP_BYTE ? step->byte == fold(byte)
							  : set_has(regex->sets + step->a, byte);
		}
		if (goes_on)
			list_add(regex, next, thread.step + 1u, thread.start, position + 1,
				 subject.len);
	}
}

bool regex_match(const struct regex *regex, struct text subject, size_t *start, size_t *len)
{
	struct thread_list a = regex->now, b = regex->next;
	struct thread_list *now = &a, *next = &b;
	struct found found = { 0, 0 };

	if (subject.len > UINT16_MAX)
		subject.len = UINT16_MAX;
	list_begin(regex, now);
	for (size_t position = 0; position <= subject.len; position++) {
		if (!now->count && regex->first_known) {
			if (found.len)
				break;
			while (position < subject.len &&
			       !set_has(&regex->first, (uint8_t)subject.data[position]))
				position++;
			if (position == subject.len)
				break;
			list_begin(regex, now);
		}
		/* `now` still carries its own generation: an attempt begun here comes last. */
		if (!found.len)
			list_add(regex, now, 0, position, position, subject.len);
		list_begin(regex, next);
		advance(regex, now, next, subject, position, &found);

		struct thread_list *swap = now;

		now = next;
		next = swap;
	}
	*start = found.start;
	*len = found.len;
	return found.len > 0;
}
