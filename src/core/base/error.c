#include <mtui/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message that was cut must not end in half a character. */
static void trim_half_character(char *message, size_t len)
{
	size_t start = len;

	while (start > 0 && len - start < 3 && ((unsigned char)message[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;

	unsigned char lead = (unsigned char)message[start - 1];
	size_t want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;

	if (len - start < want)
		message[start - 1] = '\0';
}

static void fill(struct error *err, enum error_code code, int64_t offset, const char *format,
		 va_list arguments) __attribute__((format(printf, 4, 0)));

static void fill(struct error *err, enum error_code code, int64_t offset, const char *format,
		 va_list arguments)
{
	err->code = code;
	err->offset = offset;
	int len = vsnprintf(err->message, sizeof err->message, format, arguments);

	if (len < 0)
		err->message[0] = '\0';
	else if ((size_t)len >= sizeof err->message)
		trim_half_character(err->message, sizeof err->message - 1);
}

bool error_set(struct error *err, enum error_code code, int64_t offset, const char *format, ...)
{
	va_list arguments;

	if (err == NULL)
		return false;
	va_start(arguments, format);
	fill(err, code, offset, format, arguments);
	va_end(arguments);
	return false;
}

bool error_set_errno(struct error *err, enum error_code code, int64_t offset, int number,
		     const char *format, ...)
{
	va_list arguments;

	if (err == NULL)
		return false;
	va_start(arguments, format);
	fill(err, code, offset, format, arguments);
	va_end(arguments);

	/* strerrordesc_np is never translated: the same text in every locale. */
	const char *reason = strerrordesc_np(number);
	size_t len = strlen(err->message);
	size_t need = (reason != NULL ? strlen(reason) : 24) + 2;

	/* The reason matters more than the end of a long name. */
	if (len + need >= sizeof err->message) {
		len = sizeof err->message - 1 - need;
		err->message[len] = '\0';
		trim_half_character(err->message, len);
		len = strlen(err->message);
	}
	if (reason != NULL)
		snprintf(err->message + len, sizeof err->message - len, ": %s", reason);
	else
		snprintf(err->message + len, sizeof err->message - len, ": error %d", number);
	return false;
}

int error_exit_status(enum error_code code)
{
	switch (code) {
#define X(name, status)                                                                            \
	case name:                                                                                 \
		return status;
		ERROR_CODES(X)
#undef X
	}
	return 70;
}
