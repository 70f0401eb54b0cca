/* The list of readers: who takes a file is asked here, and nowhere else. */
#include "core/runs/log_reader.h"

#include "core/runs/csv.h"
#include "core/runs/event_file.h"

static const struct log_reader *const readers[] = {
	&event_reader,
	&csv_reader,
};

const struct log_reader *log_reader_for(struct text name, const uint8_t *head, size_t n, bool whole,
					int *fit)
{
	const struct log_reader *best = NULL;

	*fit = 0;
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
		int this_fit = readers[i]->probe(name, head, n, whole);
		if (this_fit > *fit) {
			*fit = this_fit;
			best = readers[i];
		}
	}
	return best;
}
