#include <mtui/tensor.h>

const char *storage_name(enum storage storage)
{
	static const char *const names[STORAGE_COUNT] = {
#define X(id, name) name,
		STORAGES(X)
#undef X
	};
	return names[storage];
}
