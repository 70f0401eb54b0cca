#include <mtui/graph.h>

const char *attribute_kind_name(enum attribute_kind kind)
{
	switch (kind) {
#define X(id, number, name)                                                                        \
	case id:                                                                                   \
		return name;
		ATTRIBUTE_KINDS(X)
#undef X
	}
	return "?";
}
