#include "ui/views/cost_facts.h"

#include <math.h>

#include "ui/canvas/number.h"
#include "ui/views/dial.h"

#define DIMS_SHOWN 8

static struct text kept(struct page *page, struct text text)
{
	return arena_text(&page->arena, text.data, text.len);
}

/* "batch=1 assumed · seq=128" */
static void dims_line(struct page *page, const struct cost_sheet *sheet)
{
	char size[NUMBER_SIZE];

	if (sheet->n_bindings == 0)
		return;
	page_line(page);
	page_print(page, 0, ROLE_DIM, "sizes");
	for (size_t i = 0; i < sheet->n_bindings && i < DIMS_SHOWN; i++) {
		const struct dim_binding *dim = &sheet->bindings[i];
		bool assumed = i >= sheet->n_given;

		if (i)
			page_print(page, PAGE_AFTER, ROLE_DIM, "·");
		page_text(page, i ? PAGE_AFTER : PAGE_VALUE, ROLE_NAME, kept(page, dim->name));
		page_print(page, PAGE_BESIDE, ROLE_NUMBER, "=%s",
			   number_count(size, (uint64_t)dim->size));
		if (assumed)
			page_print(page, PAGE_AFTER, ROLE_WARNING, "assumed");
	}
	if (sheet->n_bindings > DIMS_SHOWN)
		page_print(page, PAGE_AFTER, ROLE_DIM, "… %zu in all", sheet->n_bindings);
	if (sheet->n_given < sheet->n_bindings)
		page_print(page, PAGE_AFTER, ROLE_DIM, "· :dim %s sets one", "NAME=SIZE");
}

static void share_of_model(struct page *page, const struct cost_sheet *sheet,
			   const struct cost *cost, uint32_t row)
{
	double share = cost_share(sheet, cost);
	char buffer[NUMBER_SIZE];

	if (row != 0 && !isnan(share))
		page_print(page, PAGE_AFTER, ROLE_DIM, "· %s of the model",
			   number_percent(buffer, share));
}

static void work_lines(struct page *page, const struct cost_sheet *sheet, const struct cost *cost,
		       uint32_t row)
{
	char exact[NUMBER_SIZE], rounded[NUMBER_SIZE];

	page_field(page, "MACs", "%s", number_short(rounded, cost->macs));
	if (cost->macs >= 1000)
		page_print(page, PAGE_AFTER, ROLE_DIM, "· %s", number_count(exact, cost->macs));
	share_of_model(page, sheet, cost, row);
	page_field(page, "FLOPs", "%s", number_short(rounded, cost->operations));
	page_print(page, PAGE_AFTER, ROLE_DIM, "· 2 for each MAC, 1 for each element else");
	page_field(page, "parameters", "%s", number_short(rounded, cost->parameters));
}

static void memory_lines(struct page *page, const struct view_context *context,
			 const struct cost_sheet *sheet, const struct cost *cost, uint32_t row,
			 uint64_t then)
{
	const struct cost_report *report = &sheet->report;
	struct cost quantized = cost_with_weights(cost, then);
	char buffer[NUMBER_SIZE], dial[DIAL_SHORT], label[64];

	dial_short(dial, &context->dial);
	page_field(page, "weights", "%s", number_bytes(buffer, cost->weight_bytes));
	page_print(page, PAGE_AFTER, ROLE_DIM, "· %s at %s", number_bytes(buffer, then), dial);
	page_field(page, "activations", "%s", number_bytes(buffer, cost->activation_bytes));
	if (row == 0) {
		page_print(page, PAGE_AFTER, ROLE_DIM, "· peak");
		page_print(page, PAGE_AFTER, ROLE_NUMBER, "%s",
			   number_bytes(buffer, report->peak_bytes));
		if (report->peak_node != NO_INDEX) {
			page_print(page, PAGE_AFTER, ROLE_DIM, "at");
			page_text(page, PAGE_AFTER, ROLE_NAME,
				  kept(page, model_node_label(context->model, report->peak_node,
							      label)));
		}
		page_field(page, "memory", "%s",
			   number_bytes(buffer, cost->weight_bytes + report->peak_bytes));
		page_print(page, PAGE_AFTER, ROLE_DIM, "· %s at %s · weights and peak",
			   number_bytes(buffer, then + report->peak_bytes), dial);
	}
	if (isnan(cost_intensity(cost)))
		return;
	page_field(page, "FLOP/byte", "%s", number_value(buffer, cost_intensity(cost), 3));
	page_print(page, PAGE_AFTER, ROLE_DIM, "· %s at %s",
		   number_value(buffer, cost_intensity(&quantized), 3), dial);
}

/* "72 KiB a token · 12 layers x 2 x 12 heads x 64 f32 · 72 MiB for 1,024" */
static void cache_line(struct page *page, const struct cost_cache *cache,
		       const struct glyphs *glyphs)
{
	const char *times = glyphs->gate == GATE_ASCII ? "x" : "×";
	char bytes[NUMBER_SIZE], heads[NUMBER_SIZE], size[NUMBER_SIZE];

	if (!cache->token_bytes)
		return;
	page_field(page, "KV cache", "%s a token", number_bytes(bytes, cache->token_bytes));
	if (cache->heads)
		page_print(page, PAGE_AFTER, ROLE_DIM, "· %u layers %s 2 %s %s heads %s %s %s",
			   cache->layers, times, times, number_count(heads, cache->heads), times,
			   number_count(size, cache->head_size), dtype_name(cache->dtype));
	if (cache->token_bytes <= UINT64_MAX / 1024)
		page_print(page, PAGE_AFTER, ROLE_DIM, "· %s for 1,024",
			   number_bytes(bytes, cache->token_bytes * 1024));
}

static void unknown_line(struct page *page, const struct cost_sheet *sheet,
			 const struct cost *cost, uint32_t row)
{
	char count[NUMBER_SIZE];

	if (!cost->unknown && (row != 0 || !sheet->report.unsized))
		return;
	page_line(page);
	page_print(page, 0, ROLE_DIM, "left out");
	if (cost->unknown)
		page_print(page, PAGE_VALUE, ROLE_WARNING, "%s node%s of unknown cost",
			   number_count(count, cost->unknown), cost->unknown == 1 ? "" : "s");
	if (row == 0 && sheet->report.unsized)
		page_print(page, cost->unknown ? PAGE_AFTER : PAGE_VALUE, ROLE_WARNING,
			   "%s%s value%s of unknown size", cost->unknown ? "· " : "",
			   number_count(count, sheet->report.unsized),
			   sheet->report.unsized == 1 ? "" : "s");
}

void cost_facts(struct page *page, const struct view_context *context,
		const struct cost_sheet *sheet, uint32_t row, uint64_t then)
{
	const struct cost_row *sums = &sheet->rows[row];
	char label[64];

	page_reset(page);
	page_line(page);
	page_text(page, 0, ROLE_TITLE, kept(page, layer_label(sheet->layers, row, label)));
	if (!sums->nodes) {
		page_line(page);
		page_print(page, 0, ROLE_DIM,
			   "nothing here is counted: how often the body of a control operator or a "
			   "function runs is not known");
		return;
	}
	dims_line(page, sheet);
	work_lines(page, sheet, &sums->cost, row);
	memory_lines(page, context, sheet, &sums->cost, row, then);
	if (row == 0)
		cache_line(page, &sheet->report.cache, context->glyphs);
	unknown_line(page, sheet, &sums->cost, row);
}
