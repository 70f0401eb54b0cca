#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <mtui/scheme.h>

/* What is printed parses to the same setting; `canonical` NULL: the text itself. */
static struct quant_scheme parsed(const char *text, const char *canonical)
{
	struct quant_scheme scheme, again;
	struct error err = { .code = ERROR_NONE };
	char printed[QUANT_SCHEME_TEXT];

	if (!quant_scheme_parse(text_from(text), &scheme, &err))
		fail_msg("%s: %s", text, err.message);
	quant_scheme_print(printed, &scheme);
	assert_string_equal(printed, canonical ? canonical : text);
	if (!quant_scheme_parse(text_from(printed), &again, &err))
		fail_msg("%s: %s", printed, err.message);
	assert_true(quant_scheme_same(&scheme, &again));
	assert_int_equal(quant_scheme_hash(&scheme), quant_scheme_hash(&again));
	return scheme;
}

static void names_alone(void **state)
{
	char printed[QUANT_SCHEME_TEXT];

	(void)state;
	for (enum scheme_id id = 0; id < SCHEME_COUNT; id++) {
		struct quant_scheme scheme = quant_scheme_default(id);
		struct quant_scheme found = parsed(scheme_traits[id].name, NULL);

		assert_true(quant_scheme_same(&scheme, &found));
		assert_string_equal(quant_scheme_print(printed, &scheme), scheme_traits[id].name);
		assert_true(quant_scheme_bits(&scheme) > 0);
	}
}

static void words(void **state)
{
	struct quant_scheme s = parsed("int4:group=32:affine:mse", NULL);

	(void)state;
	assert_true(s.id == SCHEME_INT4 && s.granularity == QUANT_PER_GROUP && s.group == 32 &&
		    s.range == RANGE_AFFINE && s.calibration == CALIBRATE_MSE && s.axis == -1);
	s = parsed("int8:seed=7:percentile=99.99:axis=2:channel:stochastic:scale=pow2",
		   "int8:channel:axis=2:scale=pow2:stochastic:seed=7:percentile=99.99");
	assert_true(s.seed == 7 && s.percentile == 99.99 && s.axis == 2);
	parsed("int8:symmetric:even:minmax:tensor:scale=f32", "int8");
	parsed("int8:group", "int8:group=32");
	parsed("int8:percentile", "int8:percentile=99.9");
	parsed("nf4:group=64:double", "nf4:double");
	parsed("nf4:tensor", NULL);
	parsed("f16:scale=none", "f16");
	parsed("f16:channel:scale=f16", NULL);
	s = parsed("q4_k:sparse=2/4", NULL);
	assert_true(s.pruning == PRUNE_N_OF_M && s.keep == 2 && s.of == 4);
	s = parsed("int2:full:away:kl:prune=33.3%", NULL);
	assert_true(s.prune == 33.3 / 100);
	parsed("none:prune=50", "none:prune=50%");
	parsed("none:channels=12.5%", NULL);
	parsed("binary:threshold=0.000000001", NULL);
	parsed("kmeans:levels=100:lloyd", NULL);
	s = parsed("kmeans:levels=17", NULL);
	assert_int_equal(quant_scheme_bits(&s), 5);
	parsed("pq:vector=8:levels=64", NULL);
	parsed("lowrank:rank=12", NULL);
}

static void refused(void **state)
{
	static const char *const wrong[] = {
		"",	       "int9",		"int8:",	 "int8::mse",	    "INT8",
		"int8=4",      "int8:group=31", "int8:group=512", "int8:grouped",   "int8:axis",
		"int8:axis=-1", "int8:axis=128", "int8:double",	 "int8:seed=3",	    "q4_0:affine",
		"q4_0:group",  "int8:levels=4", "kmeans:levels=3", "kmeans:vector=4", "nf4:away",
		"int8:scale=none", "int8:scale=f64", "f16:mse", "int8:prune=101%", "int8:sparse=5/4",
		"int8:sparse=2", "int8:threshold=1e3", "int8:percentile=50", "lowrank:rank=0",
		"int8:mse=1",  "int8:rank=99999999999", "int8:threshold=1.1234567891",
	};
	struct quant_scheme scheme = quant_scheme_default(SCHEME_Q6_K), before = scheme;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct error err = { .code = ERROR_NONE };

		if (quant_scheme_parse(text_from(wrong[i]), &scheme, &err))
			fail_msg("'%s' was taken", wrong[i]);
		assert_int_equal(err.code, ERROR_USAGE);
		assert_true(quant_scheme_same(&scheme, &before));
	}
}

/* Turning the dial to any scheme gives a setting that it has. */
static void settled(void **state)
{
	struct quant_scheme scheme = parsed("int4:group=64:affine:stochastic:seed=9:mse:scale=f16",
					    "int4:group=64:affine:scale=f16:stochastic:seed=9:mse");

	(void)state;
	for (enum scheme_id id = 0; id < SCHEME_COUNT; id++) {
		struct quant_scheme turned = scheme, again;
		char text[QUANT_SCHEME_TEXT];

		turned.id = (uint8_t)id;
		quant_scheme_settle(&turned);
		quant_scheme_print(text, &turned);
		again = parsed(text, NULL);
		assert_true(quant_scheme_same(&turned, &again));
	}
	scheme.id = SCHEME_INT8;
	quant_scheme_settle(&scheme);
	assert_true(scheme.range == RANGE_AFFINE && scheme.group == 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_alone),
		cmocka_unit_test(words),
		cmocka_unit_test(refused),
		cmocka_unit_test(settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
