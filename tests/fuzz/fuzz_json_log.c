/* JSON lines, documents, W&B's of 2020 and what lies beside them: byte 0 and 1 say where the file
 * is cut, byte 2 what it is called. */
#include "fuzz_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "log.jsonl",	   "trainer_state.json",
					     "history.json",	   "wandb-history.jsonl",
					     "wandb-summary.json", "wandb-events.jsonl",
					     "config.yaml",	   "output.log",
					     "evaluations.npz" };

	if (size >= 3)
		fuzz_log(names[data[2] % (sizeof names / sizeof *names)], data + 3, size - 3,
			 data[0] | (size_t)data[1] << 8);
	return 0;
}
