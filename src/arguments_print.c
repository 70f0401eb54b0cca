/* What the options that only print something print. */
#include "arguments.h"

#include <inttypes.h>
#include <stdio.h>

#include <mtui/limits.h>
#include <mtui/version.h>

#include "about.h"

void arguments_print_help(void)
{
	char left[64];

	puts("usage: mtui [options] FILE...\n"
	     "\n"
	     "Shows neural-network models in the terminal; '-' is standard input. Without a "
	     "terminal,\n"
	     "or with --export, it prints a view and ends.\n");
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *option = &option_rows[i];
		bool optional = *option->argument == '[';

		snprintf(left, sizeof left, "%s--%s%s%s", option->letter ? "" : "    ",
			 option->name, optional ? "[=" : *option->argument ? "=" : "",
			 option->argument + optional);
		if (option->letter)
			printf("  -%c, %-20s %s\n", option->letter, left, option->help);
		else
			printf("  %-24s %s\n", left, option->help);
	}
	fputs("\nviews: ", stdout);
	for (const struct view_ops *const *tab = view_tabs; *tab; tab++)
		printf("%s, ", (*tab)->name);
	puts("\n       tree, model, tensors, stats, histogram, nodes,\n       shapes, pca, svd, frontier, plan, fusion, xray, structure\n\nIn mtui, ? shows the keys. The manual is mtui(1).");
}

void arguments_print_quant_help(void)
{
	enum scheme_family family = FAMILY_COUNT;
	struct quant_scheme usual;

	puts("--quant=NAME[:WORD]...   weight error, not accuracy\n");
	puts("name         bits  block  scale       reference");
	for (enum scheme_id id = 0; id < SCHEME_COUNT; id++) {
		const struct scheme_traits *traits = &scheme_traits[id];
		char block[16] = "-";

		if (traits->family != family) {
			family = traits->family;
			printf("\n%s: %s\n", family_names[family], family_meanings[family]);
		}
		if (traits->block)
			snprintf(block, sizeof block, "%u", (unsigned)traits->block);
		usual = quant_scheme_default(id);
		printf("%-12s %4u  %5s  %-10s  %s\n", traits->name, quant_scheme_bits(&usual), block,
		       traits->scale, traits->reference);
	}
	fputs("\n"
	      "granularity  tensor, channel, group=16|32|64|128|256; axis=N: of the channels\n"
	      "range        symmetric, full, affine\n"
	      "scale        scale=f32|f16|pow2|none\n"
	      "rounding     even, away, stochastic with seed=N\n"
	      "calibration  minmax, percentile=P, mse, kl\n"
	      "pruning      threshold=T, prune=P%, sparse=N/M, channels=P%\n"
	      "of some      double; levels=N, lloyd; vector=N; rank=N\n",
	      stdout);
}

void arguments_print_version(bool verbose)
{
	puts("mtui " MTUI_VERSION);
	if (!verbose)
		return;
	puts("compiler " __VERSION__);
	puts("limits:");
#define X(name, value, meaning) printf("  %-20d %s\n", (int)(value), (meaning));
	LIMITS(X)
#undef X
	printf("  %-20zu bytes of one model's index, on this machine\n", limit_index_memory());
	printf("  %-20" PRIu64 " bytes from a pipe on standard input\n",
	       (uint64_t)LIMIT_STDIN_DEFAULT);
	about_print_engine();
}
