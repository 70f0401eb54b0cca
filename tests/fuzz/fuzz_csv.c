/* Tables as text: byte 0 and 1 say where the file is cut, the rest is the file. */
#include "fuzz_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= 2)
		fuzz_log("metrics.csv", data + 2, size - 2, data[0] | (size_t)data[1] << 8);
	return 0;
}
