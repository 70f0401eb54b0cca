/* The wire walker: every wire type, limits of varints, windows of all sizes, broken input. */
#include "pb_write.h"

#include "core/base/pbwire.h"

struct walk {
	struct pbwire wire;
	struct file *file;
	struct error err;
};

static void begin(struct walk *walk, const struct pb *pb, size_t window)
{
	memset(walk, 0, sizeof *walk);
	walk->err.offset = -1;
	walk->file = file_wrap(pb->data, pb->len, "test");
	assert_non_null(walk->file);
	assert_true(pbwire_init(&walk->wire, walk->file, &walk->err));
	walk->wire.smallest = walk->wire.ahead = window;
}

static void end(struct walk *walk)
{
	pbwire_free(&walk->wire);
	file_close(walk->file);
}

/* Walks all fields; the code it ended with. */
static enum error_code walk_all(const struct pb *pb, size_t window, struct error *err,
				size_t *fields)
{
	struct walk walk;
	struct pb_field field;
	begin(&walk, pb, window);
	struct pb_message message = pbwire_root(&walk.wire);
	for (*fields = 0; pbwire_next(&walk.wire, &message, &field);)
		++*fields;
	*err = walk.err;
	assert_int_equal(pbwire_ok(&walk.wire), walk.err.code == ERROR_NONE);
	end(&walk);
	return err->code;
}

static void expect(struct pb *pb, enum error_code code, int64_t offset, const char *words)
{
	for (size_t window = 1; window <= 64; window *= 4) {
		struct error err;
		size_t fields;
		walk_all(pb, window, &err, &fields);
		if (err.code != code || err.offset != offset || !strstr(err.message, words))
			fail_msg("window %zu: code %d at %lld: %s", window, (int)err.code,
				 (long long)err.offset, err.message);
	}
	pb_free(pb);
}

static void all_wire_types(void **state)
{
	struct pb pb = { 0 };
	(void)state;
	pb_int(&pb, 1, -1);
	pb_double(&pb, 2, 1.5);
	pb_string(&pb, 3, "abc");
	pb_tag(&pb, 4, 3);
	pb_int(&pb, 9, 7);
	pb_tag(&pb, 4, 4);
	pb_float(&pb, 5, -2.0f);
	pb_int(&pb, 536870911, 3);
	for (size_t window = 1; window < 40; window++) {
		struct walk walk;
		struct pb_field f;
		begin(&walk, &pb, window);
		struct pb_message m = pbwire_root(&walk.wire);
		assert_true(pbwire_next(&walk.wire, &m, &f));
		assert_int_equal(f.tag, PB_TAG(1, PB_VARINT));
		assert_true(f.value == UINT64_MAX);
		assert_int_equal(f.offset, 0);
		assert_true(pbwire_next(&walk.wire, &m, &f));
		assert_int_equal(f.tag, PB_TAG(2, PB_FIXED64));
		assert_true(f.value == 0x3ff8000000000000u);
		assert_true(pbwire_next(&walk.wire, &m, &f));
		assert_int_equal(f.tag, PB_TAG(3, PB_BYTES));
		assert_int_equal(f.len, 3);
		size_t have;
		const uint8_t *view = pbwire_view(&walk.wire, f.start, f.len, &have);
		assert_int_equal(have, 3);
		assert_memory_equal(view, "abc", 3);
		assert_true(pbwire_next(&walk.wire, &m, &f));
		assert_int_equal(f.tag, PB_TAG(4, PB_GROUP));
		assert_int_equal(f.len, 2);
		assert_true(pbwire_next(&walk.wire, &m, &f));
		assert_int_equal(f.tag, PB_TAG(5, PB_FIXED32));
		assert_int_equal(f.value, 0xc0000000u);
		assert_true(pbwire_next(&walk.wire, &m, &f));
		assert_int_equal(f.tag, PB_TAG(536870911, PB_VARINT));
		assert_false(pbwire_next(&walk.wire, &m, &f));
		assert_true(pbwire_ok(&walk.wire));
		end(&walk);
	}
	pb_free(&pb);
}

static void b02_long_varints(void **state)
{
	struct pb pb = { 0 };
	(void)state;
	pb_int(&pb, 1, 1);
	pb_tag(&pb, 2, 0);
	for (int i = 0; i < 10; i++)
		pb_byte(&pb, 0x81);
	pb_byte(&pb, 1);
	expect(&pb, ERROR_MALFORMED, 3, "varint longer than 10 bytes");
	pb_tag(&pb, 2, 0); /* 65 bits */
	for (int i = 0; i < 9; i++)
		pb_byte(&pb, 0xff);
	pb_byte(&pb, 2);
	expect(&pb, ERROR_MALFORMED, 1, "varint longer than 10 bytes or 64 bits");
	pb_tag(&pb, 2, 0); /* 64 bits are fine */
	for (int i = 0; i < 9; i++)
		pb_byte(&pb, 0xff);
	pb_byte(&pb, 1);
	expect(&pb, ERROR_NONE, -1, "");
	pb_tag(&pb, 2, 0);
	pb_byte(&pb, 0x80);
	expect(&pb, ERROR_MALFORMED, 1, "varint cut off after 1 byte");
}

static void b03_length_beyond_parent(void **state)
{
	struct pb pb = { 0 };
	(void)state;
	pb_tag(&pb, 7, 2);
	pb_varint(&pb, (uint64_t)1 << 40);
	pb_raw(&pb, "twelve bytes", 12);
	expect(&pb, ERROR_MALFORMED, 0, "needs 1,099,511,627,776 bytes, 12 left");

	/* Beyond the parent, but not beyond the file. */
	struct walk walk;
	struct pb_field field;
	pb_raw(&pb, "\x0a\x03\x0a\x05zzzzzzzzz", 13);
	begin(&walk, &pb, 16);
	struct pb_message root = pbwire_root(&walk.wire);
	assert_true(pbwire_next(&walk.wire, &root, &field));
	struct pb_message inner = pb_message(&field);
	assert_false(pbwire_next(&walk.wire, &inner, &field));
	assert_int_equal(walk.err.offset, 2);
	assert_string_equal(walk.err.message, "field 1 needs 5 bytes, 1 left");
	end(&walk);
	pb_free(&pb);
}

static void b04_huge_lengths(void **state)
{
	static const uint64_t lengths[] = { (uint64_t)1 << 63, UINT64_MAX, UINT64_MAX - 1,
					    INT64_MAX };
	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct pb pb = { 0 };
		pb_int(&pb, 1, 8);
		pb_tag(&pb, 7, 2);
		pb_varint(&pb, lengths[i]);
		pb_raw(&pb, "abc", 3);
		expect(&pb, ERROR_MALFORMED, 2, "bytes, 3 left");
	}
}

static void b05_bad_tags(void **state)
{
	struct pb pb = { 0 };
	(void)state;
	pb_int(&pb, 1, 8);
	pb_raw(&pb, "\x00\x01", 2);
	expect(&pb, ERROR_MALFORMED, 2, "field number 0");
	pb_raw(&pb, "\x0e\x01", 2);
	expect(&pb, ERROR_MALFORMED, 0, "wire type 6");
	pb_raw(&pb, "\x0f\x01", 2);
	expect(&pb, ERROR_MALFORMED, 0, "wire type 7");
	pb_raw(&pb, "\x0c", 1);
	expect(&pb, ERROR_MALFORMED, 0, "end of group 1 without its start");
	pb_raw(&pb, "\x0b\x14", 2);
	expect(&pb, ERROR_MALFORMED, 1, "end of group 2 inside group 1");
	pb_raw(&pb, "\x0b\x08\x01", 3);
	expect(&pb, ERROR_MALFORMED, 0, "group 1 is not closed");
	pb_varint(&pb, (uint64_t)1 << 32 | 8);
	pb_byte(&pb, 0);
	expect(&pb, ERROR_MALFORMED, 0, "field number 536870913");
	pb_raw(&pb, "\x0d\x01\x02\x03", 4);
	expect(&pb, ERROR_MALFORMED, 0, "field 1 needs 4 bytes, 3 left");
	pb_raw(&pb, "\x09\x01\x02\x03", 4);
	expect(&pb, ERROR_MALFORMED, 0, "field 1 needs 8 bytes, 3 left");
}

static void b06_nested_groups(void **state)
{
	struct pb pb = { 0 };
	(void)state;
	for (int i = 0; i < 100; i++)
		pb_byte(&pb, 0x7b);
	for (int i = 0; i < 100; i++)
		pb_byte(&pb, 0x7c);
	expect(&pb, ERROR_NONE, -1, "");
	for (int i = 0; i < 5000; i++)
		pb_byte(&pb, 0x7b);
	for (int i = 0; i < 5000; i++)
		pb_byte(&pb, 0x7c);
	expect(&pb, ERROR_MALFORMED, 100, "nested deeper than 100");
}

static void packed_values(void **state)
{
	struct pb pb = { 0 };
	struct walk walk;
	uint64_t value, count, sum = 0, n = 0;
	uint32_t bits;
	(void)state;
	for (uint64_t i = 0; i < 3000; i++)
		pb_varint(&pb, i * i * i);
	for (size_t window = 16; window < 5000; window *= 7) {
		begin(&walk, &pb, window);
		struct pb_message packed = pbwire_root(&walk.wire);
		assert_true(pbwire_count_varints(&walk.wire, packed, &count));
		assert_int_equal(count, 3000);
		for (n = sum = 0; pbwire_varint(&walk.wire, &packed, &value); n++)
			assert_true(value == n * n * n);
		assert_int_equal(n, 3000);
		end(&walk);
	}
	pb.len = 10; /* two values and a half */
	begin(&walk, &pb, 16);
	struct pb_message packed = pbwire_root(&walk.wire);
	assert_true(pbwire_fixed32(&walk.wire, &packed, &bits));
	assert_true(pbwire_fixed32(&walk.wire, &packed, &bits));
	assert_false(pbwire_fixed32(&walk.wire, &packed, &bits));
	assert_false(pbwire_ok(&walk.wire));
	assert_int_equal(walk.err.offset, 8);
	end(&walk);
	pb_free(&pb);
}

/* The first failure stays. */
static void failure_sticks(void **state)
{
	struct pb pb = { 0 };
	struct walk walk;
	struct pb_field field;
	size_t have;
	(void)state;
	pb_raw(&pb, "\x08\x01\x0f\x08\x01", 5);
	begin(&walk, &pb, 16);
	struct pb_message message = pbwire_root(&walk.wire), again = message;
	assert_true(pbwire_next(&walk.wire, &message, &field));
	assert_false(pbwire_next(&walk.wire, &message, &field));
	assert_false(pbwire_next(&walk.wire, &again, &field));
	assert_null(pbwire_view(&walk.wire, 0, 1, &have));
	pbwire_fail(&walk.wire, ERROR_MEMORY, 0, "later");
	assert_int_equal(walk.err.code, ERROR_MALFORMED);
	end(&walk);
	pb_free(&pb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_wire_types),
		cmocka_unit_test(b02_long_varints),
		cmocka_unit_test(b03_length_beyond_parent),
		cmocka_unit_test(b04_huge_lengths),
		cmocka_unit_test(b05_bad_tags),
		cmocka_unit_test(b06_nested_groups),
		cmocka_unit_test(packed_values),
		cmocka_unit_test(failure_sticks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
