#include "core/base/grouped.h"

char *grouped(char buffer[GROUPED_SIZE], uint64_t number)
{
	char reversed[GROUPED_SIZE];
	int n = 0, digits = 0;
	do {
		if (digits && digits % 3 == 0)
			reversed[n++] = ',';
		reversed[n++] = (char)('0' + number % 10);
		number /= 10;
		digits++;
	} while (number);
	for (int i = 0; i < n; i++)
		buffer[i] = reversed[n - 1 - i];
	buffer[n] = '\0';
	return buffer;
}
