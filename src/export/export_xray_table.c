/* The view "xray" for people: a line for each quantized weight, what the model has of them above.
 */
#include "export/export_xray.h"

#include <string.h>

#include "ui/canvas/number.h"

/* Columns behind the name. */
#define SCHEME_COLUMNS 28
#define LEVELS_COLUMNS 10
#define ENDS_COLUMNS   8
#define SCALE_COLUMNS  10
#define LOSS_COLUMNS   9
#define OTHER_COLUMNS  (SCHEME_COLUMNS + LEVELS_COLUMNS + ENDS_COLUMNS + SCALE_COLUMNS)
#define HEADING_ROWS   3

static int draw_heading(struct canvas *canvas, const struct export_xray *x, int name)
{
	char count[NUMBER_SIZE], matched[NUMBER_SIZE];
	int at = name + 1 + SCHEME_COLUMNS;

	at = canvas_print(canvas, 0, 0, ROLE_NORMAL, "%s quantized weights",
			  number_count(count, x->found.n_weights));
	if (x->pairs)
		canvas_print(canvas, at, 0, ROLE_NORMAL, ", %s matched",
			     number_count(matched, x->n_matched));
	at = name + 1;
	canvas_string(canvas, 0, 2, ROLE_DIM, "tensor");
	canvas_string(canvas, at, 2, ROLE_DIM, "scheme");
	canvas_print_right(canvas, at += SCHEME_COLUMNS + LEVELS_COLUMNS, 2, ROLE_DIM, "levels");
	canvas_print_right(canvas, at += ENDS_COLUMNS, 2, ROLE_DIM, "ends");
	canvas_print_right(canvas, at += SCALE_COLUMNS, 2, ROLE_DIM, "scale");
	if (x->pairs)
		canvas_print_right(canvas, at + LOSS_COLUMNS, 2, ROLE_DIM, "dB");
	return HEADING_ROWS;
}

static void draw_numbers(struct canvas *canvas, int x, int y,
			 const struct export_xray_result *result)
{
	const struct xray_report *report = &result->report;
	char scheme[QUANT_SCHEME_TEXT], number[NUMBER_SIZE];

	if (report->scheme.id == SCHEME_NONE)
		canvas_print(canvas, x, y, ROLE_NORMAL, "%d bits, %s", result->weight->bits,
			     xray_form_words(result->weight->form));
	else
		canvas_text(canvas, x, y, SCHEME_COLUMNS - 1, ROLE_NORMAL,
			    text_from(quant_scheme_print(scheme, &report->scheme)));
	x += SCHEME_COLUMNS + LEVELS_COLUMNS;
	if (report->levels)
		canvas_print_right(canvas, x, y, ROLE_NUMBER, "%u/%u", report->levels_used,
				   report->levels);
	x += ENDS_COLUMNS;
	if (report->levels)
		canvas_print_right(canvas, x, y, ROLE_NUMBER, "%s",
				   number_percent(number, report->low_share + report->high_share));
	x += SCALE_COLUMNS;
	if (report->n_scales > report->bad_scales)
		canvas_print_right(canvas, x, y, ROLE_NUMBER, "%s",
				   number_value(number, report->scale_median, 3));
	if (result->pair)
		canvas_print_right(canvas, x + LOSS_COLUMNS, y, ROLE_NUMBER, "%s",
				   number_decibel(number, result->loss.sqnr_db));
}

static bool draw_all(struct export_xray *x, struct canvas *canvas, struct error *err)
{
	int name = canvas->width - OTHER_COLUMNS - (x->pairs ? LOSS_COLUMNS : 0) - 1;
	struct export_xray_result result;
	char label[64];
	int y;

	name = name < 8 ? 8 : name;
	y = draw_heading(canvas, x, name);
	for (; export_xray_next(x, &result, err); y++) {
		canvas_text(canvas, 0, y, name, ROLE_NAME,
			    model_tensor_label(x->run->model, result.weight->codes, label));
		if (result.good)
			draw_numbers(canvas, name + 1, y, &result);
		else
			canvas_text(canvas, name + 1, y, canvas->width - name - 1, ROLE_NORMAL,
				    text_from(result.error.message));
	}
	return !x->failed;
}

bool export_xray_table(const struct export_subject *subject, int width, const struct glyphs *glyphs,
		       struct canvas *canvas, struct error *err)
{
	const struct export_run run = {
		.subject = subject,
		.model = session_model(subject->session, subject->document),
		.path_graph = NO_INDEX,
	};
	struct export_xray x;
	bool good;

	if (!export_xray_begin(&x, &run, err))
		return false;
	if (x.n_wanted + HEADING_ROWS > EXPORT_MAX_CELLS / (size_t)width)
		good = error_set(err, ERROR_REFUSED, -1, "the table is too tall for text");
	else
		good = canvas_init(canvas, width, (int)x.n_wanted + HEADING_ROWS, glyphs) ||
		       error_set(err, ERROR_MEMORY, -1, "out of memory");
	if (good && !draw_all(&x, canvas, err)) {
		canvas_free(canvas);
		good = false;
	}
	export_xray_end(&x);
	return good;
}
