/* Functions of a model that call themselves: something no library expects. */
#ifndef FORMATS_FUNCTION_CYCLE_H
#define FORMATS_FUNCTION_CYCLE_H

#include <mtui/error.h>
#include <mtui/model.h>

/* ERROR_REFUSED naming a function that calls itself, be it through others. Iterative, linear. */
bool function_cycle_check(const struct model *model, struct error *err);

#endif
