#include <mtui/dtype.h>

#include <mtui/bytes.h>

const struct dtype_traits dtype_traits[DTYPE_COUNT] = {
#define X(id, name, bits, class, onnx) { name, bits, class, onnx },
	DTYPES(X)
#undef X
};

enum dtype dtype_from_onnx(int64_t number)
{
	for (int i = DTYPE_UNKNOWN + 1; i < DTYPE_COUNT; i++)
		if (dtype_traits[i].onnx == number)
			return (enum dtype)i;
	return DTYPE_UNKNOWN;
}

enum dtype dtype_from_name(struct text name)
{
	for (int i = DTYPE_UNKNOWN + 1; i < DTYPE_COUNT; i++)
		if (text_is(name, dtype_traits[i].name))
			return (enum dtype)i;
	return DTYPE_UNKNOWN;
}

bool dtype_is_parameter(enum dtype dtype)
{
	enum dtype_class class = dtype_traits[dtype].class;
	return class == CLASS_FLOAT || class == CLASS_SIGNED || class == CLASS_UNSIGNED ||
	       class == CLASS_COMPLEX;
}

bool dtype_bytes(enum dtype dtype, uint64_t count, uint64_t *bytes)
{
	unsigned bits = dtype_traits[dtype].bits;
	uint64_t whole, rest = count % 8 * bits;
	return mul_ok(count / 8, bits, &whole) && add_ok(whole, (rest + 7) / 8, bytes);
}
