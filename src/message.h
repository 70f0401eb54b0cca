/* Errors on standard error, in the one form there is. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <mtui/error.h>
#include <mtui/gate.h>

/* "mtui: NAME: byte 0xOFF: MESSAGE", one line of at most 400 columns; name is raw bytes, NULL when
 * the message is about no file. Returns the exit status that goes with it. */
int message_error(enum gate_mode mode, const char *name, const struct error *err);

#endif
