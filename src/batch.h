/* mtui without a screen: prints views and reports of the files, one after another. */
#ifndef BATCH_H
#define BATCH_H

#include "arguments.h"
#include <mtui/importance.h>
#include "ui/app/config.h"
#include "ui/app/theme.h"

struct batch {
	const struct arguments *arguments;
	const struct config *config;
	const struct theme *theme;
	const struct glyphs *glyphs;
	enum gate_mode gate; /* of messages */
	struct importance importance; /* without weights where there is no such file */
	int colours;	     /* of --export=ansi: 0, 16 or 256 */
};

/* Messages go to standard error; returns the exit status, that of the first file that failed. */
int batch_run(const struct batch *batch);

#endif
