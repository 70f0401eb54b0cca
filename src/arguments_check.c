/* Which options go together. */
#include "arguments.h"

#include <string.h>

#include "ui/views/view.h"

/* That view alone is exported. */
static bool view_is(const struct arguments *arguments, const char *view)
{
	return arguments->view && strcmp(arguments->view, view) == 0 && !arguments->keys &&
	       !arguments->width;
}

bool arguments_check(struct arguments *arguments, struct error *err)
{
	if (arguments->action != ARGUMENTS_RUN)
		return true;
	if (arguments->op && (arguments->n_files || arguments->n_runs || arguments->view ||
			      arguments->n_selects || arguments->keys || arguments->width))
		return error_set(err, ERROR_USAGE, -1,
				 "--op needs no file, and goes with --export and -o only");
	if (arguments->check && (arguments->op || arguments->n_runs || arguments->view ||
				 arguments->n_selects || arguments->keys || arguments->width ||
				 arguments->has_format))
		return error_set(err, ERROR_USAGE, -1, "--check needs files, and goes with --rules, "
						       "--strict, --dim and -o only");
	if ((arguments->has_rules || arguments->strict) && !arguments->check)
		return error_set(err, ERROR_USAGE, -1, "--rules and --strict need --check");
	if (arguments->n_files == 0 && arguments->n_runs == 0 && !arguments->op)
		return error_set(err, ERROR_USAGE, -1, "no file given; mtui --help says more");
	if (arguments->output && !arguments->has_format)
		arguments->format = export_format_of_path(arguments->output);
	if (arguments->op && arguments->format == EXPORT_CSV)
		return error_set(err, ERROR_USAGE, -1, "an operator has no CSV; allowed text, "
						       "ansi, markdown or json");
	if ((arguments->keys || arguments->width) && export_is_report(arguments->format))
		return error_set(err, ERROR_USAGE, -1,
				 "--size and --keys need --export=text, ansi or markdown");
	if (arguments->against && !view_is(arguments, "histogram") &&
	    !arguments_original(arguments))
		return error_set(err, ERROR_USAGE, -1, "--against goes with --view=histogram without "
						       "--size and --keys, or --view=xray");
	if (arguments->has_bins && !view_is(arguments, "histogram"))
		return error_set(err, ERROR_USAGE, -1, "--bins, --range and --log need "
						       "--view=histogram, and no --size or --keys");
	if (arguments->has_stats && !view_is(arguments, "stats"))
		return error_set(err, ERROR_USAGE, -1,
				 "--by, --sort, --top and --quantiles need --view=stats, and no "
				 "--size or --keys");
	if (arguments->hops && !view_is(arguments, "graph"))
		return error_set(err, ERROR_USAGE, -1,
				 "--hops needs --view=graph, and no --size or --keys");
	if ((arguments->format == EXPORT_DOT || arguments->format == EXPORT_MERMAID) &&
	    !view_is(arguments, "graph"))
		return error_set(err, ERROR_USAGE, -1, "dot and mermaid need --view=graph");
	if (arguments->axis >= 0 && !view_is(arguments, "channels"))
		return error_set(err, ERROR_USAGE, -1,
				 "--axis needs --view=channels, and no --size or --keys");
	if (arguments->has_plan && (!arguments->view || strcmp(arguments->view, "plan") != 0))
		return error_set(err, ERROR_USAGE, -1, "--budget, --plan, --pin and --plan-format "
						       "need --view=plan");
	if (arguments->plan.tool && (arguments->has_format || arguments->keys || arguments->width))
		return error_set(err, ERROR_USAGE, -1,
				 "--plan-format goes without --export, --size and --keys");
	if (arguments->stats.top && !arguments->stats.ranked)
		return error_set(err, ERROR_USAGE, -1, "--top needs --sort");
	if (arguments->stats.ranked && arguments->stats.by > EXPORT_BY_TENSOR)
		return error_set(err, ERROR_USAGE, -1, "--sort is of tensors");
	if (arguments->importance &&
	    (!view_is(arguments, "quant") ||
	     (arguments->format != EXPORT_JSON && arguments->format != EXPORT_CSV)))
		return error_set(err, ERROR_USAGE, -1,
				 "--importance needs --view=quant and --export=json or csv");
	if (arguments->has_matrix &&
	    (!arguments->view || view_named(text_from(arguments->view)) != &picture_view ||
	     arguments->keys || arguments->width))
		return error_set(err, ERROR_USAGE, -1,
				 "--matrix needs --view=picture, pca or svd, and no --size or --keys");
	return true;
}
