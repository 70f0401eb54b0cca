/* The list of readers: who takes a file is asked here, and nowhere else. */
#include "core/runs/log_reader.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/runs/csv.h"
#include "core/runs/event_file.h"
#include "core/runs/json_document.h"
#include "core/runs/json_lines.h"
#include "core/runs/npz.h"
#include "core/runs/wandb.h"
#include "core/runs/yaml_config.h"

static const struct log_reader *const readers[] = {
	&event_reader,
	&wandb_reader,
	&csv_reader,
	&json_lines_reader,
	&json_document_reader,
	&trainer_state_reader,
	&wandb_history_reader,
	&wandb_events_reader,
	&wandb_summary_reader,
	&wandb_metadata_reader,
	&yaml_config_reader,
	&console_reader,
	&npz_reader,
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

bool log_name_ends(struct text name, const char *ending)
{
	size_t len = strlen(ending);

	return name.len >= len && strncasecmp(name.data + name.len - len, ending, len) == 0;
}

uint64_t log_next_data(const struct file *file, uint64_t from)
{
	off_t data = file->fd >= 0 ? lseek(file->fd, (off_t)from, SEEK_DATA) : (off_t)from;

	if (data >= 0)
		return (uint64_t)data < file->size ? (uint64_t)data : file->size;
	return errno == ENXIO ? file->size : from;
}
